"""Learning curves: a figure over several evaluations of the same set, in order of time or training size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caibian.evaluation.tables import Evaluated, Scope, Standings
from caibian.evaluation.tables.tasks import main_metric
from caibian.pipeline.comparison_page import naming, wins
from caibian.pipeline.comparison_page.agreement_view import interval
from caibian.pipeline.comparison_page.tasks_view import unit
from caibian.pipeline.report import numbers
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.words import Two, listed, name, pair

Points = dict[str, dict[int, Value]]  # system -> number of the evaluation -> figure


@dataclass(frozen=True)
class Line:
    """One system: its line, the band of its intervals, and its dots (x, y from the top, what it says)."""

    label: Two
    number: int  # of the colour, from 1
    path: str
    band: str
    dots: list[tuple[float, float, str]]


@dataclass(frozen=True)
class Curve:
    """One dataset, card or language over all evaluations, in per cent of the plot."""

    title: Two
    metric: Two
    lines: list[Line]
    y_ticks: list[tuple[float, str]]
    x_ticks: list[tuple[float, str]]


def curves(found: Sequence[tuple[Evaluated, Standings | None]]) -> list[Curve]:
    """A curve for each dataset of task evaluations, and for each part of the items that somebody ranked."""
    labels = [one.folder.resolve().name for one, _ in found]
    return [
        curve
        for title, metric, points in [*_of_tasks(found), *_of_rankings(found)]
        if (curve := _curve(title, metric, points, labels)) is not None
    ]


def _of_tasks(found: Sequence[tuple[Evaluated, Standings | None]]) -> list[tuple[Two, Two, Points]]:
    rows: dict[tuple[str, str], tuple[Two, Points]] = {}
    for number, (one, _) in enumerate(found):
        for entry in one.table.get("datasets") or ():
            metric = main_metric(entry)
            if metric is None:
                continue
            key = str(entry["dataset"]), str(metric["metric"])
            title = listed([pair(entry.get("name"), key[0]), naming.language(str(entry.get("language")))])
            points = rows.setdefault(key, (title, {}))[1]
            main = one.table.get("main")
            for system in sorted(one.table.get("systems") or (), key=lambda system: system != main):
                if system in metric["values"]:
                    points.setdefault(system, {})[number] = interval(metric["values"][system], unit(key[1]))
    return [(title, name("metrics", key[1]), points) for key, (title, points) in rows.items()]


def _of_rankings(found: Sequence[tuple[Evaluated, Standings | None]]) -> list[tuple[Two, Two, Points]]:
    """Win rates by the weightiest voice that every evaluation has heard."""
    ranked = [(number, one) for number, (_, one) in enumerate(found) if one is not None and one.heard]
    shared = (
        [v for v in ranked[-1][1].heard if all(v.name in [w.name for w in one.heard] for _, one in ranked)]
        if ranked
        else []
    )
    if len(ranked) < 2 or not shared:
        return []
    voice = shared[0]
    rows: dict[Scope, Points] = {}
    for number, one in ranked:
        for scope in wins.shown(one):
            standing = one.found.get((voice.name, scope))
            for system, rate in (standing.share if standing else {}).items():
                rows.setdefault(scope, {}).setdefault(system, {})[number] = wins.value(rate)
    metric = Two(
        lambda language: f"{name('cmp_curves', 'win_rate').of(language)} · {naming.voice(voice).of(language)}"
    )
    return [(_title(scope), metric, points) for scope, points in rows.items()]


def _title(scope: Scope) -> Two:
    if scope.card and scope.language:
        return listed([naming.card(scope.card), naming.language(scope.language)])
    return naming.scope(scope)


def _curve(title: Two, metric: Two, points: Points, labels: Sequence[str]) -> Curve | None:
    """None where no system has two points."""
    points = {system: own for system, own in points.items() if any(v.value is not None for v in own.values())}
    if not any(len(own) > 1 for own in points.values()):
        return None
    values = [value for own in points.values() for value in own.values()]
    hundred = 100 if values[0].unit in numbers.HUNDREDTHS else 1
    ends = [hundred * end for v in values for end in (v.value, v.low, v.high) if end is not None]
    axis = numbers.ticks(min(ends), max(ends), 4)
    span = axis[-1] - axis[0]

    def x(number: int) -> float:
        return round(100 * (number + 0.5) / len(labels), 2)

    def y(value: float) -> float:
        return round(100 * (axis[-1] - hundred * value) / span, 2)

    lines = []
    for k, (system, own) in enumerate(points.items()):
        at = [(x(number), value) for number, value in sorted(own.items()) if value.value is not None]
        known = [(place, v.low, v.high) for place, v in at if v.low is not None and v.high is not None]
        upper = [f"{place} {y(high)}" for place, _, high in known]
        lower = [f"{place} {y(low)}" for place, low, _ in reversed(known)]
        lines.append(
            Line(
                label=naming.system(system),
                number=k % 4 + 1,
                path="M" + "L".join(f"{place} {y(v.value or 0.0)}" for place, v in at),
                band="M" + "L".join([*upper, *lower]) + "Z" if len(known) > 1 else "",
                dots=[(place, y(v.value or 0.0), f"{v} {v.interval}") for place, v in at],
            )
        )
    return Curve(
        title,
        metric,
        lines,
        [(round(100 * (axis[-1] - v) / span, 2), numbers.tick_label(v, axis[1] - axis[0])) for v in axis],
        [(x(number), label) for number, label in enumerate(labels)],
    )
