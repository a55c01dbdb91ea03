"""Where the shapes of the page's plots stand, in per cent of their box, so that the page can stretch them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caibian.pipeline.report import numbers

_HEADROOM = 6.0  # per cent of a histogram's height that its highest bar leaves free


@dataclass(frozen=True)
class LogAxis:
    """An axis on which every power of ten is as wide as the one before."""

    low: int  # powers of ten at the ends
    high: int

    def at(self, value: float) -> float:
        """The place of a value, in per cent; what is off the axis stands at its end."""
        power = math.log10(value) if value > 0 else self.low
        return round(100 * (min(max(power, self.low), self.high) - self.low) / (self.high - self.low), 2)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """(place, label) of each power of ten."""
        return [(self.at(10.0**power), numbers.count(10**power)) for power in range(self.low, self.high + 1)]


@dataclass(frozen=True)
class Ridge:
    """One distribution: its histogram as an SVG path in a box of 100 by 100, and where its quantiles stand."""

    path: str
    median: float
    half: tuple[float, float]  # left end and width of what lies between the quartiles
    most: tuple[float, float]  # … between the 5th and the 95th percentile
    quantiles: Mapping[str, int]
    mean: float


def log_axis(edges: Sequence[float], histograms: Sequence[Sequence[int]]) -> LogAxis:
    """The powers of ten that hold every bin with something in it."""
    used = [k for histogram in histograms for k, n in enumerate(histogram) if n]
    if not used:
        return LogAxis(0, 1)
    low = math.floor(math.log10(edges[min(used)]) + 1e-6)
    high = math.ceil(math.log10(edges[max(used) + 1]) - 1e-6)
    return LogAxis(low, max(high, low + 1))


def ridge(distribution: Mapping[str, Any], edges: Sequence[float], axis: LogAxis) -> Ridge:
    """The shape of one distribution of lengths on an axis; its highest bin fills the box."""
    quantiles = distribution["quantiles"]
    low, first, middle, last, high = (axis.at(quantiles[q]) for q in ("0.05", "0.25", "0.5", "0.75", "0.95"))
    return Ridge(
        path=_steps(distribution["histogram"], edges, axis),
        median=middle,
        half=(first, round(last - first, 2)),
        most=(low, round(high - low, 2)),
        quantiles=quantiles,
        mean=distribution["mean"],
    )


def _steps(histogram: Sequence[int], edges: Sequence[float], axis: LogAxis) -> str:
    """The outline of the bars, closed along the bottom."""
    highest = max(histogram, default=0) or 1
    used = [k for k, n in enumerate(histogram) if n]
    if not used:
        return ""
    points = [f"M{numbers.svg(axis.at(edges[used[0]]))} 100"]
    for k in range(used[0], used[-1] + 1):
        top = numbers.svg(100 - (100 - _HEADROOM) * histogram[k] / highest)
        points.append(f"V{top}H{numbers.svg(axis.at(edges[k + 1]))}")
    return "".join([*points, "V100Z"])


def stacked(parts: Mapping[str, int], largest: int) -> list[tuple[str, float]]:
    """(key, width) of the parts of a bar, of which the longest is 100 wide; empty parts are left out."""
    return [(key, round(100 * n / largest, 3)) for key, n in parts.items() if n and largest]
