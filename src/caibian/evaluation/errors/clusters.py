"""Like errors put together: by what they share where that is known, by the likeness of their texts where it is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caibian.evaluation.errors.causes import CAUSES, Found
from caibian.records import Answer, Example
from caibian.similarity import jaccard, near_duplicate_clusters

# What is clustered by its key: the folded label, the pair of labels, the JSON path, the reason.
KEYED = frozenset(
    {"missing", "empty", "wrong_label", "off_list_label", "two_labels", "invalid_json", "schema", "lead_in", "markdown", "form",
     "wrong_language", "unsupported_number", "unsupported_date", "unsupported_name", "unsupported_quote", "leaked_turn"}
)  # fmt: skip
_ALIKE = 0.3  # Jaccard similarity of three-character shingles from which two answers fail in one way
_SHINGLE = 3
_LOOKED_AT = 600  # characters of an answer that are compared
_MEDOID_OF = 40  # members among which the most typical one is looked for
_EXAMPLES = 3
_SHOWN = 300


@dataclass(frozen=True)
class Case:
    """One cause of one answer of one system."""

    system: str
    example: Example
    answer: Answer | None
    found: Found

    @property
    def text(self) -> str:
        """What the system said."""
        return self.answer.text.strip() if self.answer is not None else ""


def clusters(cases: Iterable[Case], most: int = 12) -> list[dict[str, Any]]:
    """The clusters of each system and cause, the largest first, at most `most` of each with how many were left out.

    Each has the number of its members, its key where it has one, a representative and a few examples.
    """
    by_cause: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        by_cause[case.found.cause, case.system].append(case)
    lines = []
    for cause in CAUSES:
        for (own, system), members in by_cause.items():
            if own != cause:
                continue
            groups = sorted(_groups(cause, members), key=lambda group: -len(group[1]))
            lines.append(
                {
                    "system": system,
                    "cause": cause,
                    "cases": len(members),
                    "clusters": [_line(key, group) for key, group in groups[:most]],
                    "left_out": max(0, len(groups) - most),
                }
            )
    return lines


def _groups(cause: str, members: Sequence[Case]) -> list[tuple[str, list[Case]]]:
    if cause in KEYED:
        by_key: dict[str, list[Case]] = defaultdict(list)
        for case in members:
            by_key[case.found.key or case.found.detail].append(case)
        return list(by_key.items())
    texts = [case.text[:_LOOKED_AT] for case in members]
    numbers = near_duplicate_clusters(texts, _ALIKE, size=_SHINGLE)
    grouped: Mapping[int, list[Case]] = defaultdict(list)
    for number, case in zip(numbers, members, strict=True):
        grouped[number].append(case)
    return [("", group) for group in grouped.values()]


def _line(key: str, group: Sequence[Case]) -> dict[str, Any]:
    typical = _medoid(group)
    others = [case for case in group if case is not typical]
    return {
        "key": key[:_SHOWN],
        "n": len(group),
        "representative": typical.text[:_SHOWN] or typical.found.detail[:_SHOWN],
        "detail": typical.found.detail[:_SHOWN],
        "cards": sorted({case.example.card for case in group}),
        "examples": [
            {"id": case.example.id, "text": case.text[:_SHOWN], "detail": case.found.detail[:_SHOWN]}
            for case in (typical, *others)[:_EXAMPLES]
        ],
    }


def _medoid(group: Sequence[Case]) -> Case:
    """The member whose text is most like the others'."""
    if len(group) < 3:
        return group[0]
    looked = group[:_MEDOID_OF]
    texts = [case.text[:_LOOKED_AT] for case in looked]
    likeness = [sum(jaccard(one, other, _SHINGLE) for other in texts) for one in texts]
    return looked[max(range(len(looked)), key=likeness.__getitem__)]
