"""Where dots and whiskers of a row of intervals stand, in per cent of the plot's width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caibian.pipeline.report import numbers
from caibian.pipeline.report.comparison import Card, Cell, Comparison, Row, Value


@dataclass(frozen=True)
class Mark:
    """A dot, and its whisker from `left` over `width`; None where the value has no interval."""

    at: float
    left: float | None
    width: float


@dataclass(frozen=True)
class Axis:
    """The common scale of some rows."""

    low: float
    high: float
    ticks: list[tuple[float, str]]
    zero: float | None  # where the line stands that differences are read against, if inside

    def at(self, value: float) -> float:
        """The place of a value, kept inside the plot."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 3)

    def mark(self, value: Value) -> Mark | None:
        """The dot and whisker of a value."""
        if value.value is None:
            return None
        if value.low is None or value.high is None:
            return Mark(self.at(value.value), None, 0.0)
        left, right = self.at(value.low), self.at(value.high)
        return Mark(self.at(value.value), left, round(right - left, 3))


@dataclass(frozen=True)
class Forest:
    """Differences of several cards on one scale."""

    groups: list[tuple[Card, list[tuple[Row, Mark | None]]]]
    axis: Axis


def forest(comparison: Comparison) -> Forest | None:
    """Every metric whose differences can be set on the common scale of hundredths."""
    chosen = [
        (card, [row for row in card.metrics if row.unit in ("points", "percent") and row.better])
        for card in comparison.cards
    ]
    axis = scale([row.difference for _, rows in chosen for row in rows], signed=True)
    if axis is None:
        return None
    return Forest([(card, [(row, axis.mark(row.difference)) for row in rows]) for card, rows in chosen], axis)


def ladder(card: Card) -> tuple[Axis, list[tuple[Cell, Mark | None]]] | None:
    """All systems of a card on its main metric, best first, from zero."""
    cells = card.ladder
    axis = scale([cell.value for cell in cells])
    return None if axis is None else (axis, [(cell, axis.mark(cell.value)) for cell in cells])


def check_axis(card: Card) -> Axis | None:
    """The scale of the differences of a card's checks."""
    return scale([row.difference for row in card.checks], signed=True)


def scale(values: Sequence[Value], *, signed: bool = False, around: float | None = None) -> Axis | None:
    """A scale that holds every value with its interval, with ticks in the unit shown; None without a value.

    Args:
        signed: the values are differences: ticks bear their sign.
        around: where the line stands that values are read against, e.g. one half for win rates, which then end at
            0 and 1; by default zero, which every scale holds.
    """
    shown = [end for v in values for end in (v.value, v.low, v.high) if end is not None]
    if not shown:
        return None
    unit = next(v.unit for v in values if v.value is not None)
    factor = 100 if unit in numbers.HUNDREDTHS else 1
    low, high = factor * min(0.0, *shown), factor * max(0.0, *shown)
    if around is not None:
        low, high = 0.0, 2 * factor * around
    steps = numbers.ticks(low, high, 6)
    low, high = (min(low, 0.0), high) if signed else (0.0, high)
    low, high = min(low, steps[0]), max(high, steps[-1])
    step = steps[1] - steps[0]
    ticks = [
        (
            round(100 * (v - low) / (high - low), 3),
            ("+" if signed and v > 0 else "") + numbers.tick_label(v, step),
        )
        for v in steps
    ]
    line = factor * (around or 0.0)
    zero = round(100 * (line - low) / (high - low), 3) if low <= line <= high else None
    return Axis(low / factor, high / factor, ticks, zero)
