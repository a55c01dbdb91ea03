"""What the cards' own checks say of the examples' outputs, and examples to read; both drawn by the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from caibian.instructions.audit.columns import Columns
from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.texts import known_card
from caibian.instructions.labelled.rows import TEST, TRAIN, VALIDATION, rank
from caibian.progress import Task
from caibian.records import Example
from caibian.tasks import TaskCard, run_checks

CHECKED = 200  # examples of a card on each side: looking facts up takes about ten milliseconds each
_SIDES = {"train": (TRAIN,), "held_out": (VALIDATION, TEST)}
_FAILURES = 3  # shown of each card
_SHOWN = 2000  # characters of a text that a person is shown
_Z = 1.959964  # of the normal distribution, for intervals of 95 %


@dataclass(frozen=True)
class Verdict:
    """One example and what each check says of it: nothing where it passes."""

    example: Example
    checks: dict[str, str | None]  # name -> what is wrong

    @property
    def failed(self) -> list[str]:
        """The names of the checks that refuse the output."""
        return [name for name, wrong in self.checks.items() if wrong is not None]


def check(
    examples: Examples, columns: Columns, seed: int, *, samples: int, checked: int, task: Task | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The share of examples that pass, by card, and `samples` examples of each card to read.

    Training examples and held-out ones (validation and test) are drawn and counted apart, at most `checked` of a card on
    each side: what is learnt may have been chosen more strictly than what is asked. A card that is not among the packaged
    ones has no checks here; its samples are shown all the same.
    """
    lines: list[dict[str, Any]] = []
    shown: list[dict[str, Any]] = []
    drawn = rank(seed, np.arange(len(columns)))
    for code, name in enumerate(columns.cards):
        card = known_card(name)
        own = np.flatnonzero(columns.card == code)
        own = own[np.argsort(drawn[own], kind="stable")]
        sides = {side: own[np.isin(columns.split[own], splits)][:checked] for side, splits in _SIDES.items()}
        places = np.unique(np.concatenate([own[:samples], *sides.values()]))
        asked = set(np.concatenate([*sides.values()]).tolist())
        verdicts = {}
        for place, example in zip(places.tolist(), examples.take(places), strict=True):
            verdicts[place] = _verdict(card if place in asked else None, example)
            if task is not None:
                task.advance()
        if card is not None and checked:
            found = {
                side: _side(card, [verdicts[place] for place in those.tolist()])
                for side, those in sides.items()
            }
            lines.append({"card": name, **found})
        shown += [_sample(verdicts[place]) for place in own[:samples].tolist()]
    return sorted(lines, key=lambda line: line["card"]), sorted(shown, key=lambda one: one["card"])


def _verdict(card: TaskCard | None, example: Example) -> Verdict:
    if card is None:
        return Verdict(example, {})
    known = [label for label in example.labels if label in card.output.labels]
    if len(known) > 1:  # a label that the instruction does not offer is as wrong as one that the card lacks
        card = card.narrowed(known, example.dataset)
    results = run_checks(card, example.output, example)
    return Verdict(
        example, {name: None if result.passed else result.detail for name, result in results.items()}
    )


def _side(card: TaskCard, verdicts: Sequence[Verdict]) -> dict[str, Any] | None:
    """The figures of one side; None where it has no example."""
    if not verdicts:
        return None
    passed = sum(not one.failed for one in verdicts)
    failures: Counter[str] = Counter(failure for one in verdicts for failure in one.failed)
    low, high = wilson(passed, len(verdicts))
    return {
        "checked": len(verdicts),
        "passed": passed,
        "low": low,
        "high": high,
        "checks": [{"check": check, "failed": failures[check]} for check in card.checks],
        "failures": [_sample(one) for one in verdicts if one.failed][:_FAILURES],
    }


def _sample(one: Verdict) -> dict[str, Any]:
    example = one.example
    return {
        "id": example.id,
        "card": example.card,
        "dataset": example.dataset,
        "language": example.language,
        "split": example.split,
        "instruction": example.instruction[:_SHOWN],
        "input": example.input[:_SHOWN],
        "output": example.output[:_SHOWN],
        "checks": len(one.checks),
        "failed": [
            {"check": name, "detail": wrong} for name, wrong in one.checks.items() if wrong is not None
        ],
    }


def wilson(passed: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share by its sample (Wilson 1927), as shares; (0, 1) for no sample."""
    if not of:
        return 0.0, 1.0
    share, square = passed / of, _Z**2 / of
    middle = (share + square / 2) / (1 + square)
    reach = _Z * sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return round(max(0.0, middle - reach), 4), round(min(1.0, middle + reach), 4)
