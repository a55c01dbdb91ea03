"""A reliability diagram as SVG: how often a model is right against how sure it was (Guo et al. 2017, figure 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caibian.pipeline.comparison_page import naming
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import Two

_LARGEST, _SMALLEST = 3.4, 1.2  # radii of the dots in a box of 100 by 100: area by the items in the bin


@dataclass(frozen=True)
class Curve:
    """One model's bins: its line and its dots (x, y from the top, radius, items)."""

    label: Two
    number: int  # of the colour, from 1
    path: str
    dots: list[tuple[str, str, str, int]]


@dataclass(frozen=True)
class Reliability:
    """All models of a dataset in one diagram."""

    curves: list[Curve]


def reliability(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Reliability | None:
    """The diagram of a dataset's calibration bins; None where no model was scored."""
    curves = [
        curve
        for k, (system, bins) in enumerate(found.items(), 1)
        if (curve := _curve(naming.system(system), k, bins)) is not None
    ]
    return Reliability(curves) if curves else None


def _curve(label: Two, number: int, bins: Sequence[Mapping[str, Any]]) -> Curve | None:
    filled = [one for one in bins if one.get("n") and one.get("confidence") is not None]
    if not filled:
        return None
    most = max(int(one["n"]) for one in filled)
    dots = [
        (
            numbers.svg(100 * one["confidence"]),
            numbers.svg(100 - 100 * one["accuracy"]),
            numbers.svg(max(_SMALLEST, _LARGEST * (one["n"] / most) ** 0.5)),
            int(one["n"]),
        )
        for one in filled
    ]
    return Curve(label, number, "M" + "L".join(f"{x} {y}" for x, y, _, _ in dots), dots)
