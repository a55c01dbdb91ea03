"""What the checks say, as the page shows it: the share that passes with its interval, and what refuses the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caibian.pipeline.audit_page.view import Line, Names
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import Two, name

SIDES = ("train", "held_out")
_GOOD, _BAD = (
    0.95,
    0.8,
)  # shares of outputs: what a published text reaches, and where a card does not fit its data


@dataclass(frozen=True)
class Side:
    """How many outputs of one card's training or held-out examples pass, and which checks refuse some."""

    key: str  # one of SIDES
    passed: int
    checked: int
    kind: str  # better | unclear | worse: the colour of the mark
    at: float
    left: float
    width: float
    interval: str
    checks: list[tuple[Two, int]]  # with the outputs that each refuses
    failures: Sequence[Line]

    @property
    def share(self) -> str:
        """The share that passes, in per cent."""
        return numbers.share(self.passed, self.checked)

    @property
    def failing(self) -> list[tuple[Two, int]]:
        """The checks that refuse some, the strictest first."""
        return sorted((pair for pair in self.checks if pair[1]), key=lambda pair: -pair[1])


@dataclass(frozen=True)
class CheckLine:
    """One card and its sides that have examples, training first."""

    label: Two
    card: str
    sides: list[Side]


def check_lines(found: Sequence[Line], names: Names) -> list[CheckLine]:
    """The section on checks, the card with the smallest share first."""
    lines = [
        CheckLine(
            names.card(line["card"]), line["card"], [_side(key, line[key]) for key in SIDES if line[key]]
        )
        for line in found
    ]
    lines = [line for line in lines if line.sides]
    return sorted(lines, key=lambda line: (line.sides[0].passed / line.sides[0].checked, line.card))


def _side(key: str, found: Line) -> Side:
    share = found["passed"] / found["checked"]
    return Side(
        key=key,
        passed=found["passed"],
        checked=found["checked"],
        kind="better" if share >= _GOOD else "worse" if share < _BAD else "unclear",
        at=round(100 * share, 2),
        left=round(100 * found["low"], 2),
        width=round(100 * (found["high"] - found["low"]), 2),
        interval=numbers.interval(found["low"], found["high"], "percent"),
        checks=[(name("checks", one["check"]), one["failed"]) for one in found["checks"]],
        failures=found["failures"],
    )


def passing(audit: Line) -> float | None:
    """The share of training examples whose outputs pass, estimated: each card's share by its number of examples."""
    totals = {line["card"]: line["train"] for line in audit["counts"]["cards"]}
    weights = [
        (totals[line["card"]], line["train"]["passed"] / line["train"]["checked"])
        for line in audit["checks"]
        if line["train"]
    ]
    whole = sum(weight for weight, _ in weights)
    return sum(weight * share for weight, share in weights) / whole if whole else None
