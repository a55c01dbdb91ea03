"""A task evaluation as the page shows it: each dataset with its systems, simple methods and published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from caibian.evaluation.tables.tasks import ahead, main_metric
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.agreement_view import interval
from caibian.pipeline.comparison_page.calibration import Reliability, reliability
from caibian.pipeline.comparison_page.sentences import joined, said
from caibian.pipeline.report import confusion, numbers
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.intervals import Axis, Mark, scale
from caibian.pipeline.report.words import Two, catalogue, name, pair

_WAYS = ("free", "constrained", "scored")


@dataclass(frozen=True)
class Line:
    """One system, simple method or published figure on the main metric."""

    label: Two
    value: Value
    mark: Mark | None
    kind: str  # after: the main system | before: another system | baseline | published | incomparable
    note: Two | None = None


@dataclass(frozen=True)
class Figure:
    """One metric over all systems, with what the main system is ahead or behind."""

    label: Two
    lower_better: bool
    values: list[Value | None]
    differences: list[tuple[Value, str] | None]  # of the main system to each, and better | worse | unclear


@dataclass(frozen=True)
class Published:
    """One published figure with its source."""

    system: str
    metric: Two
    value: str
    split: str
    source: str
    url: str
    comparable: bool
    reason: str


@dataclass
class Dataset:
    """One dataset or text task."""

    id: str
    name: Two
    card: Two
    language: Two
    n: int
    test_items: int
    metric: Two
    axis: Axis | None
    lines: list[Line]
    systems: list[str]
    figures: list[Figure]
    classes: list[tuple[Two, int, list[tuple[Value, Value, Value] | None]]]
    class_systems: list[Two]
    confusion: list[tuple[confusion.Matrix, Two]]
    reliability: Reliability | None
    mcnemar: list[tuple[Two, int, int, str]]  # other system, only the main right, only it right, p
    published: list[Published]
    invalid: list[tuple[Two, int, list[tuple[str, str, str]]]]  # system, how many, (input, answer, truth)
    missing: list[tuple[Two, int, str]]
    ahead: Two | None  # the system ahead of every other one beyond chance
    beaten: tuple[Two, bool] | None  # the simple method that scores above the main system, and whether surely


def datasets(table: Mapping[str, Any]) -> list[Dataset]:
    """The entries of `table.json`, language by language."""
    entries = [entry for entry in table.get("datasets") or () if entry.get("metrics")]
    order = list(dict.fromkeys(str(entry.get("language")) for entry in entries))
    entries.sort(key=lambda entry: order.index(str(entry.get("language"))))
    return [
        _dataset(entry, str(table.get("main", "")), list(table.get("systems") or ())) for entry in entries
    ]


def way(table: Mapping[str, Any]) -> Two:
    """How the systems were asked, in sentences."""
    parts = [name("cmp_tasks", f"way_{table.get('way')}")] if table.get("way") in _WAYS else []
    shots = int(table.get("shots") or 0)
    parts.append(said("cmp_tasks.shots", n=shots) if shots else name("cmp_tasks", "zero_shot"))
    if table.get("llamalens"):
        parts.append(name("cmp_tasks", "llamalens"))
    return joined(*parts)


def systems(table: Mapping[str, Any]) -> list[tuple[Two, str, str]]:
    """(system, what stands behind it, the hash of its weights)."""
    rows = []
    for system, facts in (table.get("systems") or {}).items():
        first = str(facts.get("title") or facts.get("weights") or facts.get("reference") or "")
        what = " + ".join(str(part) for part in (first, facts.get("adapter")) if part)
        rows.append((naming.system(system), what, str(facts.get("sha256") or "")))
    return rows


def unit(metric: str) -> str:
    """How a metric is written."""
    return str(catalogue()["metrics"].get(metric, {}).get("unit") or "raw")


def _dataset(entry: Mapping[str, Any], main: str, models: Sequence[str]) -> Dataset:
    metric = main_metric(entry) or entry["metrics"][0]
    lines, axis = _lines(entry, metric, main, models)
    systems = list(dict.fromkeys(system for one in entry["metrics"] for system in one["values"]))
    systems.sort(key=lambda system: (system != main, system not in models))
    best = ahead(metric, main)
    classed = [system for system in systems if system in models and system in (entry.get("per_class") or {})]
    return Dataset(
        id=str(entry["dataset"]),
        name=pair(entry.get("name"), str(entry["dataset"])),
        card=naming.card(str(entry.get("card", ""))),
        language=naming.language(str(entry.get("language", ""))),
        n=int(entry.get("n") or 0),
        test_items=int(entry.get("test_items") or 0),
        metric=name("metrics", str(metric["metric"])),
        axis=axis,
        lines=lines,
        systems=systems,
        figures=[_figure(one, systems) for one in entry["metrics"]],
        classes=_classes(entry, classed),
        class_systems=[naming.system(system) for system in classed],
        confusion=[
            (confusion.matrix(_kind(system, main, models), str(entry.get("card")), entry["confusion"][system]), naming.system(system))
            for system in systems
            if system in models and system in (entry.get("confusion") or {})
        ],
        reliability=reliability(entry.get("calibration") or {}),
        mcnemar=[
            (naming.system(system), int(one["only_first"]), int(one["only_second"]), numbers.significant(one["p"]))
            for system, one in (entry.get("mcnemar") or {}).items()
            if system in models
        ],
        published=[_published(one) for one in entry.get("published") or ()],
        invalid=_invalid(entry),
        missing=_missing(entry),
        ahead=naming.system(best) if best else None,
        beaten=_beaten(metric, main, models),
    )  # fmt: skip


def _kind(system: str, main: str, models: Sequence[str]) -> str:
    return "after" if system == main else "before" if system in models else "baseline"


def _lines(
    entry: Mapping[str, Any], metric: Mapping[str, Any], main: str, models: Sequence[str]
) -> tuple[list[Line], Axis | None]:
    """All systems by one metric, best first, the published figures of that metric among them."""
    key = str(metric["metric"])
    found = [
        (naming.system(s), interval(one, unit(key)), _kind(s, main, models))
        for s, one in metric["values"].items()
    ]
    found += [
        (pair(str(one["system"])), Value(numbers.finite(one["value"]), None, None, unit(key)),
         "published" if one.get("comparable") else "incomparable")
        for one in entry.get("published") or ()
        if one["metric"] == key
    ]  # fmt: skip
    found = [one for one in found if one[1].value is not None]
    found.sort(key=lambda one: -(one[1].value or 0.0))
    axis = scale([value for _, value, _ in found])
    if axis is None:
        return [], None
    notes = {"published": name("cmp_tasks", "published"), "incomparable": name("cmp_tasks", "incomparable")}
    return [Line(label, value, axis.mark(value), kind, notes.get(kind)) for label, value, kind in found], axis


def _beaten(metric: Mapping[str, Any], main: str, models: Sequence[str]) -> tuple[Two, bool] | None:
    own = numbers.finite((metric["values"].get(main) or {}).get("value"))
    simple = {
        s: one["value"] for s, one in metric["values"].items() if s not in models and one["value"] is not None
    }
    if own is None or not simple or metric.get("better") != "higher":
        return None
    best = max(simple, key=lambda system: simple[system])
    if simple[best] <= own:
        return None
    difference = (metric.get("differences") or {}).get(best) or {}
    high = numbers.finite(difference.get("high"))
    return naming.system(best), high is not None and high < 0


def _figure(metric: Mapping[str, Any], systems: Sequence[str]) -> Figure:
    key, better = str(metric["metric"]), metric.get("better")
    differences = metric.get("differences") or {}
    return Figure(
        label=name("metrics", key),
        lower_better=better == "lower",
        values=[interval(metric["values"][s], unit(key)) if s in metric["values"] else None for s in systems],
        differences=[_difference(differences[s], key, better) if s in differences else None for s in systems],
    )


def _difference(found: Mapping[str, Any], key: str, better: str | None) -> tuple[Value, str]:
    value = replace(interval(found, unit(key)), sign=True)
    if not value.excludes_zero or value.value is None or better is None:
        return value, "unclear"
    return value, "better" if (value.value > 0) == (better == "higher") else "worse"


def _classes(
    entry: Mapping[str, Any], systems: Sequence[str]
) -> list[tuple[Two, int, list[tuple[Value, Value, Value] | None]]]:
    by_label: dict[str, dict[str, Mapping[str, Any]]] = {}
    for system in systems:
        for one in entry["per_class"][system]:
            by_label.setdefault(str(one["label"]), {})[system] = one
    rows = []
    for label, found in by_label.items():
        cells = [
            (interval(found[s]["precision"], "percent"), interval(found[s]["recall"], "percent"),
             interval(found[s]["f1"], "points")) if s in found else None
            for s in systems
        ]  # fmt: skip
        support = max((int(one.get("support") or 0) for one in found.values()), default=0)
        rows.append((confusion.label_words(str(entry.get("card")), label), support, cells))
    return rows


def _published(one: Mapping[str, Any]) -> Published:
    key = str(one["metric"])
    return Published(
        system=str(one["system"]),
        metric=name("metrics", key),
        value=numbers.scaled(numbers.finite(one["value"]), unit(key)),
        split=str(one.get("split") or ""),
        source=str(one.get("source") or ""),
        url=str(one.get("url") or ""),
        comparable=bool(one.get("comparable")),
        reason=str(one.get("reason") or ""),
    )


def _invalid(entry: Mapping[str, Any]) -> list[tuple[Two, int, list[tuple[str, str, str]]]]:
    found = []
    for system, one in (entry.get("systems") or {}).items():
        invalid = one.get("invalid") or {}
        if invalid.get("count"):
            examples = [
                (str(e.get("input") or ""), str(e.get("answer") or ""), str(e.get("truth") or ""))
                for e in invalid.get("examples") or ()
            ]
            found.append((naming.system(system), int(invalid["count"]), examples))
    return found


def _missing(entry: Mapping[str, Any]) -> list[tuple[Two, int, str]]:
    return [
        (naming.system(system), int(one["missing"]), "; ".join(one.get("missing_reasons") or ()))
        for system, one in (entry.get("systems") or {}).items()
        if one.get("missing")
    ]
