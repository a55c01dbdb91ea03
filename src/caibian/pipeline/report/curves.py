"""Line charts of training as positions in per cent of the plot, so that the page can stretch them.

Text, dots and axes are HTML at these positions: they keep their size on a phone and follow the dark theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from caibian.pipeline.report import numbers, series
from caibian.pipeline.report.words import Two, name

_MOST_POINTS = 600  # of one line: two for each pixel of a phone; longer runs are drawn through means
_LABEL_GAP = 7.0  # least distance of two line labels, in per cent of the height


@dataclass
class Line:
    """One line of a chart: SVG path in a box of 100 by 100, and where its label stands at the right end."""

    key: str  # class name for the colour
    label: Two | None
    path: str
    dots: list[tuple[float, float]] = field(default_factory=list)
    label_at: float = 0.0  # from the top, per cent
    value: str = ""


@dataclass
class Chart:
    """One line chart; ticks are (position in per cent, label)."""

    key: str
    lines: list[Line]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    axis: str  # what lies along the bottom: tokens, or step where tokens were not counted
    time_ticks: list[tuple[float, Two]] = field(default_factory=list)
    best: tuple[float, float, str] | None = None  # x, y from the top, value
    points: list[list[Any]] = field(
        default_factory=list
    )  # for the read-out: x, step, tokens, seconds, loss, …


@dataclass
class Curves:
    """All charts of one training stage."""

    loss: Chart
    small: list[Chart]
    rows: list[dict[str, Any]]  # the points with a validation loss, for the table
    first: float | None
    last: float | None
    best: float | None
    tokens: int
    not_finite: int
    thinned: int  # steps behind one drawn point


def curves(history: Sequence[dict[str, Any]]) -> Curves | None:
    """The charts of a training history; None where no step has a loss."""
    entries = [e for e in history if isinstance(e, dict) and numbers.finite(e.get("step")) is not None]
    entries.sort(key=lambda e: e["step"])
    steps = [e for e in entries if "loss" in e]
    train = [e for e in steps if numbers.finite(e.get("loss")) is not None]
    held_out = [e for e in entries if numbers.finite(e.get("validation_loss")) is not None]
    if not train and not held_out:
        return None
    known = [e for e in entries if numbers.finite(e.get("tokens")) is not None]
    axis = "tokens" if known else "step"
    end = max((float(e[axis]) for e in known or entries), default=1.0) or 1.0
    scale = _Scale(axis, end)
    lowest = min(held_out, key=lambda e: e["validation_loss"]) if held_out else None
    thinned = -(-len(train) // _MOST_POINTS)
    return Curves(
        loss=_loss_chart(scale, train, held_out, lowest, known),
        small=_small_charts(scale, entries, held_out, lowest),
        rows=held_out,
        first=train[0]["loss"] if train else None,
        last=series.smooth([e["loss"] for e in train])[-1] if train else None,
        best=lowest["validation_loss"] if lowest else None,
        tokens=int(end) if axis == "tokens" else 0,
        not_finite=sum(e["loss"] is not None and numbers.finite(e["loss"]) is None for e in steps),
        thinned=thinned if thinned > 1 else 0,
    )


@dataclass(frozen=True)
class _Scale:
    axis: str
    end: float

    def x(self, entry: dict[str, Any]) -> float:
        return 100 * (numbers.finite(entry.get(self.axis)) or 0.0) / self.end

    def ticks(self, wanted: int = 6) -> list[tuple[float, str]]:
        values = [v for v in numbers.ticks(0, self.end, wanted) if v <= self.end]
        return [(100 * v / self.end, numbers.count(v)) for v in values]


def _loss_chart(
    scale: _Scale,
    train: list[dict[str, Any]],
    held_out: list[dict[str, Any]],
    lowest: dict[str, Any] | None,
    known: list[dict[str, Any]],
) -> Chart:
    losses = [e["loss"] for e in train]
    every = losses + [e["validation_loss"] for e in held_out]
    y_axis = numbers.ticks(min(every), max(every), 5)
    xs = [scale.x(e) for e in train]
    lines = []
    if train:
        smooth = series.smooth(losses)
        lines.append(Line("raw", None, _path(xs, losses, y_axis)))
        lines.append(
            Line("train", name("training", "smoothed"), _path(xs, smooth, y_axis), [],
                 _y(smooth[-1], y_axis), numbers.decimal(smooth[-1]))
        )  # fmt: skip
    if held_out:
        lines.append(_validation_line(scale, held_out, y_axis, name("training", "validation")))
    _spread(lines)
    chart = Chart(
        "loss", lines, scale.ticks(), _labelled(y_axis), scale.axis, best=_best(scale, lowest, y_axis)
    )
    chart.time_ticks = _times(scale, known)
    chart.points = _read_out(scale, train, held_out)
    return chart


def _small_charts(
    scale: _Scale,
    entries: list[dict[str, Any]],
    held_out: list[dict[str, Any]],
    lowest: dict[str, Any] | None,
) -> list[Chart]:
    charts = []
    if len(held_out) > 1:
        losses = [e["validation_loss"] for e in held_out]
        axis = numbers.ticks(min(losses), max(losses), 3)
        line = _validation_line(scale, held_out, axis, None)
        charts.append(
            Chart(
                "learning_curve",
                [line],
                scale.ticks(3),
                _labelled(axis),
                scale.axis,
                best=_best(scale, lowest, axis),
            )
        )
    rates = [
        (scale.x(e), e["learning_rate"])
        for e in entries
        if numbers.finite(e.get("learning_rate")) is not None
    ]
    charts += _plain_chart("learning_rate", rates, scale)
    return charts + _plain_chart("speed", [(scale.x(e), speed) for e, speed in series.speeds(entries)], scale)


def _plain_chart(key: str, points: list[tuple[float, float]], scale: _Scale) -> list[Chart]:
    if len(points) < 2:
        return []
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    axis = numbers.ticks(0, max(ys), 3)
    labels = [(_y(v, axis), numbers.significant(v)) for v in axis]
    return [Chart(key, [Line(key, None, _path(xs, ys, axis))], scale.ticks(3), labels, scale.axis)]


def _validation_line(
    scale: _Scale, held_out: list[dict[str, Any]], axis: list[float], label: Two | None
) -> Line:
    xs = [scale.x(e) for e in held_out]
    losses = [e["validation_loss"] for e in held_out]
    dots = [(x, _y(v, axis)) for x, v in zip(xs, losses, strict=True)]
    return Line(
        "validation", label, _path(xs, losses, axis), dots, _y(losses[-1], axis), numbers.decimal(losses[-1])
    )


def _best(scale: _Scale, lowest: dict[str, Any] | None, axis: list[float]) -> tuple[float, float, str] | None:
    if lowest is None:
        return None
    loss = lowest["validation_loss"]
    return scale.x(lowest), _y(loss, axis), numbers.decimal(loss, 3)


def _times(scale: _Scale, known: list[dict[str, Any]]) -> list[tuple[float, Two]]:
    """Where on the axis of tokens so many seconds had passed."""
    timed = [e for e in known if numbers.finite(e.get("seconds")) is not None]
    if not timed:
        return []
    seconds = [0.0, *(float(e["seconds"]) for e in timed)]
    places = [0.0, *(scale.x(e) for e in timed)]
    return [
        (float(np.interp(t, seconds, places)), numbers.duration(t))
        for t in numbers.time_ticks(seconds[-1], 6)
        if t  # zero stands at the origin of both axes
    ]


def _read_out(scale: _Scale, train: list[dict[str, Any]], held_out: list[dict[str, Any]]) -> list[list[Any]]:
    validation = {e["step"]: e["validation_loss"] for e in held_out}
    every = -(-len(train) // _MOST_POINTS) or 1
    chosen = [e for i, e in enumerate(train) if i % every == 0 or e["step"] in validation]
    return [
        [round(scale.x(e), 2), e["step"], e.get("tokens"), e.get("seconds"), round(e["loss"], 4),
         validation.get(e["step"])]
        for e in chosen
    ]  # fmt: skip


def _spread(lines: list[Line]) -> None:
    """Move the labels at the right end apart, and keep them inside the plot."""
    labelled = sorted((line for line in lines if line.label), key=lambda line: line.label_at)
    for above, below in pairwise(labelled):
        below.label_at = max(below.label_at, above.label_at + _LABEL_GAP)
    limit = 100.0
    for line in reversed(labelled):
        line.label_at = min(line.label_at, limit)
        limit = line.label_at - _LABEL_GAP


def _path(xs: list[float], ys: list[float], axis: list[float]) -> str:
    every = -(-len(xs) // _MOST_POINTS) or 1
    points = [
        (float(np.mean(xs[i : i + every])), float(np.mean(ys[i : i + every])))
        for i in range(0, len(xs), every)
    ]
    return "M" + "L".join(f"{numbers.svg(x)} {numbers.svg(_y(y, axis))}" for x, y in points)


def _y(value: float, axis: list[float]) -> float:
    return 100 * (axis[-1] - value) / (axis[-1] - axis[0])


def _labelled(axis: list[float]) -> list[tuple[float, str]]:
    return [(_y(v, axis), numbers.tick_label(v, axis[1] - axis[0])) for v in axis]
