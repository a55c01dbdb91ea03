"""What a task evaluation comes to: a sentence for each language, and the differences on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from caibian.evaluation.tables.tasks import main_metric
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.agreement_view import interval
from caibian.pipeline.comparison_page.sentences import Answer, joined, said
from caibian.pipeline.comparison_page.tasks_view import Dataset, unit
from caibian.pipeline.report import numbers
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.intervals import Axis, Mark, scale
from caibian.pipeline.report.words import Two, listed, name, pair


@dataclass(frozen=True)
class Difference:
    """The main system's figure less another's, on one dataset."""

    label: Two
    metric: Two
    other: Two
    value: Value
    mark: Mark | None
    kind: str  # better | worse | unclear


@dataclass(frozen=True)
class Forest:
    """Differences on one scale, language by language."""

    groups: list[tuple[Two, list[Difference]]]
    axis: Axis


def forest(table: Mapping[str, Any]) -> Forest | None:
    """Every dataset's main figure: the main system less each other model; None where there is no other."""
    main = str(table.get("main", ""))
    found: dict[str, list[Difference]] = {}
    for entry in table.get("datasets") or ():
        metric = main_metric(entry)
        if metric is None or unit(str(metric["metric"])) not in numbers.HUNDREDTHS:
            continue
        for other in table.get("systems") or ():
            if other == main or other not in (metric.get("differences") or {}):
                continue
            value = replace(interval(metric["differences"][other], "points"), sign=True)
            language = str(entry.get("language"))
            found.setdefault(language, []).append(
                Difference(pair(entry.get("name"), str(entry["dataset"])), name("metrics", str(metric["metric"])),
                           naming.system(other), value, None, _kind(value))
            )  # fmt: skip
    axis = scale([one.value for rows in found.values() for one in rows], signed=True)
    if axis is None:
        return None
    return Forest(
        [
            (naming.language(code), [replace(one, mark=axis.mark(one.value)) for one in rows])
            for code, rows in found.items()
        ],
        axis,
    )


def answers(table: Mapping[str, Any], datasets: Sequence[Dataset]) -> list[Answer]:
    """One answer a language: the main system against each other model, and where a simple method scores higher."""
    main = naming.system(str(table.get("main", "")))
    drawn = forest(table)
    rows = {str(label): differences for label, differences in drawn.groups} if drawn else {}
    found = []
    for language in dict.fromkeys(str(one.language) for one in datasets):
        own = [one for one in datasets if str(one.language) == language]
        differences = rows.get(language, [])
        parts = [_against(main, other, differences) for other in _others(differences)] or [_alone(main, own)]
        if beaten := [one.name for one in own if one.beaten]:
            parts.append(said("cmp_tasks.beaten", names=listed(beaten)))
        metrics = list({str(one.metric): one.metric for one in own}.values())
        source = said("cmp_tasks.by", metrics=listed(metrics), n=numbers.count(sum(one.n for one in own)))
        decided = any(one.kind != "unclear" for one in differences)
        found.append(Answer(own[0].language, joined(*parts), source, decided))
    return found


def _others(differences: Sequence[Difference]) -> list[Two]:
    return list({str(one.other): one.other for one in differences}.values())


def _against(main: Two, other: Two, differences: Sequence[Difference]) -> Two:
    own = [one for one in differences if str(one.other) == str(other)]
    better, worse = (sum(one.kind == kind for one in own) for kind in ("better", "worse"))
    return said(
        "cmp_tasks.sentence", main=main, other=other, n=len(own), better=better, worse=worse,
        rest=len(own) - better - worse,
    )  # fmt: skip


def _alone(main: Two, datasets: Sequence[Dataset]) -> Two:
    figures = [
        said("cmp_tasks.figure", name=one.name, value=str(line.value), interval=line.value.interval)
        for one in datasets
        for line in one.lines
        if line.kind == "after"
    ]
    return said("cmp_tasks.alone", main=main, figures=listed(figures))


def _kind(value: Value) -> str:
    if not value.excludes_zero or value.value is None:
        return "unclear"
    return "better" if value.value > 0 else "worse"
