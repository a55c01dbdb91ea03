"""Two systems over the same examples: what the second mended, what it broke, and what became what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.errors.causes import CAUSES, Found
from caibian.evaluation.errors.rates import difference
from caibian.records import Answer, Example

_EXAMPLES = 5  # of what was mended and of what was broken, by cause
_MOVES = 20
_SHOWN = 400
NOTHING = "none"  # stands for an answer with which nothing is wrong


def compare(
    examples: Sequence[Example],
    found: Mapping[str, Mapping[str, Sequence[Found]]],
    answers: Mapping[str, Mapping[str, Answer]],
    before: str,
    after: str,
    bootstrap: Bootstrap,
) -> dict[str, Any]:
    """What changed from `before` to `after`: for each cause the difference of its share with the paired interval, how
    many answers lost and won it; which primary cause became which; answers without any cause; examples to read."""
    old, new = found[before], found[after]
    lines = []
    for cause in CAUSES:
        had = [any(one.cause == cause for one in old[e.id]) for e in examples]
        has = [any(one.cause == cause for one in new[e.id]) for e in examples]
        if not (any(had) or any(has)):
            continue
        mended = [e for e, a, b in zip(examples, had, has, strict=True) if a and not b]
        broken = [e for e, a, b in zip(examples, had, has, strict=True) if b and not a]
        lines.append(
            {
                "cause": cause,
                "before": sum(had),
                "after": sum(has),
                "mended": len(mended),
                "broken": len(broken),
                "difference": difference(has, had, bootstrap).json(),
                "mended_examples": _read(mended, answers, before, after),
                "broken_examples": _read(broken, answers, before, after),
            }
        )
    clean_before = [not old[e.id] for e in examples]
    clean_after = [not new[e.id] for e in examples]
    moves = Counter((_primary(old[e.id]), _primary(new[e.id])) for e in examples)
    pairs = list(zip(clean_before, clean_after, strict=True))
    return {
        "before": before,
        "after": after,
        "answers": len(examples),
        "mended": pairs.count((False, True)),
        "broken": pairs.count((True, False)),
        "clean_both": pairs.count((True, True)),
        "clean_neither": pairs.count((False, False)),
        "clean_difference": difference(clean_after, clean_before, bootstrap).json(),
        "causes": lines,
        "moves": [
            {"from": old_cause, "to": new_cause, "n": n}
            for (old_cause, new_cause), n in moves.most_common()
            if old_cause != new_cause
        ][:_MOVES],
    }


def _primary(found: Sequence[Found]) -> str:
    return found[0].cause if found else NOTHING


def _read(
    examples: Sequence[Example], answers: Mapping[str, Mapping[str, Answer]], before: str, after: str
) -> list[dict[str, str]]:
    return [
        {
            "id": example.id,
            "card": example.card,
            "reference": example.output[:_SHOWN],
            "before": _text(answers[before].get(example.id)),
            "after": _text(answers[after].get(example.id)),
        }
        for example in examples[:_EXAMPLES]
    ]


def _text(answer: Answer | None) -> str:
    return answer.text.strip()[:_SHOWN] if answer is not None else ""
