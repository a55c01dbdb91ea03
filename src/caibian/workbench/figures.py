"""Numbers and their intervals, drawn so that one looks rather than reads; the numbers stand beside the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from caibian.workbench.kit import Tag


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its interval, as the agreement report gives it; None where it is undefined."""

    value: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Mapping[str, Any] | None) -> Interval | None:
        """Of an *interval* of the report."""
        if not found or found.get("value") is None:
            return None
        return cls(float(found["value"]), _number(found.get("low")), _number(found.get("high")))

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return decimal(self.value)
        return f"{decimal(self.value)} [{decimal(self.low)}, {decimal(self.high)}]"


@dataclass(frozen=True, slots=True)
class Scale:
    """What the left and right edge of a drawing stand for, and the values marked on it."""

    low: float = 0.0
    high: float = 1.0
    marks: tuple[float, ...] = ()

    def place(self, value: float) -> float:
        """Where a value stands, in per cent of the width."""
        return 100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def scale(found: Iterable[Interval | None], marks: tuple[float, ...]) -> Scale:
    """One scale for a column: to 1, from 0 or from the lowest value, rounded down to a quarter."""
    lowest = min(
        (min(one.value, one.value if one.low is None else one.low) for one in found if one), default=0.0
    )
    low = 0.0
    while low > lowest and low > -1.0:
        low -= 0.25
    return Scale(low, 1.0, marks)


def decimal(value: float) -> str:
    """Two decimals, with a true minus."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def axis(name: str, on: Scale) -> None:
    """The head of a column of drawings: what it holds, and what its edges and middle stand for."""
    with Tag("th", "", "cell-interval", scope="col"):
        Tag("span", name)
        with Tag("div", "", "interval", aria_hidden="true"):
            with Tag("div", "", "interval-axis"):
                for value in sorted({on.low, *(0.0, 0.5), on.high}):
                    Tag("span", f"{value:g}".replace("-", "−")).style(f"left: {on.place(value):.2f}%")
            Tag("span", "", "interval-text")


def draw(one: Interval | None, on: Scale, undefined: str) -> None:
    """A dot for the value, a line for its interval, ticks for the marks; then the numbers."""
    if one is None:
        Tag("span", undefined, "soft")
        return
    with Tag("div", "", "interval"):
        with Tag("div", "", "interval-track", aria_hidden="true"):
            for mark in on.marks:
                Tag("i", "", "interval-mark").style(f"left: {on.place(mark):.2f}%")
            if one.low is not None and one.high is not None:
                left, right = on.place(one.low), on.place(one.high)
                Tag("i", "", "interval-line").style(
                    f"left: {left:.2f}%; width: {max(0.5, right - left):.2f}%"
                )
            Tag("i", "", "interval-dot").style(f"left: {on.place(one.value):.2f}%")
        with Tag("span", "", "interval-text"):
            Tag("b", decimal(one.value))
            if one.low is not None and one.high is not None:
                Tag("span", f"[{decimal(one.low)}, {decimal(one.high)}]", "soft")


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
