"""What changed between two evaluations of the same set: figures beyond their intervals, answers right to wrong and back.

A snapshot is what is kept of an evaluation for the next one to be held against.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from caibian.errors import ConfigError
from caibian.evaluation.comparison import digest
from caibian.evaluation.tables.folder import Evaluated
from caibian.evaluation.tables.rows import Row, ranked_rows
from caibian.evaluation.tables.tasks import task_rows
from caibian.evaluation.tables.voices import Standings
from caibian.evaluation.tasks.pairs import mcnemar
from caibian.records import Answer, Example
from caibian.tasks import TaskCard, card, extract

FORMAT = 1


@dataclass(frozen=True)
class Moved:
    """A figure of which each value lies outside the other's interval."""

    before: Row
    after: Row


@dataclass(frozen=True)
class Flips:
    """One system's answers that changed, item by item."""

    system: str
    items: int  # answered in both evaluations
    differ: int  # whose text is another one
    to_wrong: list[str]
    to_right: list[str]
    p: float | None  # McNemar's exact test; None where nothing can be right or wrong


@dataclass(frozen=True)
class Changes:
    """The later of two evaluations held against the earlier."""

    before: str  # what it is called
    after: str
    same_set: bool
    compared: int  # figures that both have
    moved: list[Moved]
    flips: list[Flips]
    new: list[str]  # systems that only the later has
    gone: list[str]


def snapshot(found: Evaluated, standings: Standings | None) -> dict[str, Any]:
    """What is kept of an evaluation, as JSON values."""
    answered = found.answered
    rows = (ranked_rows(standings) if standings else []) + task_rows(found.table)
    empty = Row("", "", None)
    return {
        "format": FORMAT,
        "name": found.name,
        "set": digest(answered.examples) if answered else None,
        # Fields that are empty are left out: most are.
        "figures": [
            {k: v for k, v in asdict(row).items() if v != getattr(empty, k) or k in ("system", "metric", "value")}
            for row in rows
            # A difference moves with the figures that it is of.
            if not row.source and not row.metric.endswith("_difference")
        ],
        "answers": _answers(found),
    }  # fmt: skip


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """What changed from one snapshot to a later one."""
    known = {field.name for field in fields(Row)}
    earlier, later = (
        {_key(row): row for row in (Row(**{k: v for k, v in one.items() if k in known}) for one in shot["figures"])}
        for shot in (before, after)
    )  # fmt: skip
    both = [(earlier[key], row) for key, row in later.items() if key in earlier]
    systems = [list(shot["answers"]) for shot in (before, after)]
    return Changes(
        before=str(before["name"]),
        after=str(after["name"]),
        same_set=before.get("set") == after.get("set"),
        compared=len(both),
        moved=[Moved(one, other) for one, other in both if _apart(one, other)],
        flips=[
            _flips(system, before["answers"][system], after["answers"][system])
            for system in systems[1]
            if system in systems[0]
        ],
        new=[system for system in systems[1] if system not in systems[0]],
        gone=[system for system in systems[0] if system not in systems[1]],
    )


def _answers(found: Evaluated) -> dict[str, dict[str, list[Any]]]:
    """System -> example id -> [whether it is right (null where nothing is), the start of its text's hash]."""
    if found.answered is None:
        return {}
    examples = {example.id: example for example in found.answered.examples}
    cards: dict[str, TaskCard | None] = {}
    result: dict[str, dict[str, list[Any]]] = {}
    for system, answers in found.answered.answers.items():
        result[system] = {
            key: [_right(examples[key], answer, cards), _mark(answer.text)]
            for key, answer in answers.items()
            if key in examples and answer.finish_reason != "error"
        }
    return result


def _right(example: Example, answer: Answer, cards: dict[str, TaskCard | None]) -> int | None:
    if example.card not in cards:
        try:
            cards[example.card] = card(example.card)
        except ConfigError:  # a card of the user's own that is not here
            cards[example.card] = None
    known = cards[example.card]
    if known is None or known.output.kind != "label":
        return None
    said = answer.value if answer.value is not None else extract(known, answer.text, example.language)
    return int(said is not None and said == extract(known, example.output, example.language))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _key(row: Row) -> tuple[str, ...]:
    return (row.system, row.metric, row.dataset, row.card, row.language, row.over, row.judge)


def _apart(one: Row, other: Row) -> bool:
    return _outside(one.value, other) and _outside(other.value, one)


def _outside(value: float | None, row: Row) -> bool:
    if value is None or row.low is None or row.high is None:
        return False
    return not row.low <= value <= row.high


def _flips(system: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Flips:
    both = [key for key in after if key in before]
    judged = [key for key in both if before[key][0] is not None and after[key][0] is not None]
    was, is_ = ([bool(shot[key][0]) for key in judged] for shot in (before, after))
    return Flips(
        system=system,
        items=len(both),
        differ=sum(before[key][1] != after[key][1] for key in both),
        to_wrong=[key for key, a, b in zip(judged, was, is_, strict=True) if a and not b],
        to_right=[key for key, a, b in zip(judged, was, is_, strict=True) if b and not a],
        p=mcnemar(was, is_)["p"] if judged else None,
    )
