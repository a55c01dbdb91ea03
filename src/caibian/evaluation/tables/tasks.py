"""A task evaluation's `table.json` as rows and sheets, and which of its systems is ahead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from caibian.evaluation.tables.rows import Row
from caibian.evaluation.tables.sheet import LANGUAGES, Cell, Sheet

MAIN_METRICS = {"label": ("macro_f1", "accuracy"), "text": ("rougeL", "chrf", "bleu")}
"""What a dataset is judged by: the first in a sentence, all of them in tables to print."""

_DECIMAL = ("mcc", "length_ratio")  # shown as they are; all others in hundredths
_NAMES = {
    "macro_f1": "Macro-F1", "accuracy": "Accuracy", "rougeL": "ROUGE-L", "chrf": "chrF", "bleu": "BLEU",
}  # fmt: skip


def task_rows(table: Mapping[str, Any]) -> list[Row]:
    """Every metric of every dataset and system, the paired differences of the main system, and published figures."""
    main = str(table.get("main", ""))
    return [
        replace(
            row,
            dataset=str(entry.get("dataset", "")),
            card=str(entry.get("card", "")),
            language=str(entry.get("language", "")),
        )
        for entry in table.get("datasets") or ()
        for row in _entry_rows(entry, main)
    ]


def _entry_rows(entry: Mapping[str, Any], main: str) -> Iterator[Row]:
    for metric in entry.get("metrics") or ():
        name = str(metric["metric"])
        for system, found in metric["values"].items():
            yield Row(system, name, *_ends(found), n=found.get("n"))
        for system, found in (metric.get("differences") or {}).items():
            yield Row(main, f"{name}_difference", *_ends(found), n=found.get("n"), over=system)
    for one in entry.get("published") or ():
        comparable = "yes" if one.get("comparable") else "no"
        yield Row(one["system"], one["metric"], one["value"], source=one["source"], comparable=comparable)


def task_sheets(table: Mapping[str, Any]) -> list[Sheet]:
    """One sheet for each main metric: a row for each dataset, a column for each system and simple method."""
    entries = [entry for entry in table.get("datasets") or () if entry.get("metrics")]
    sheets = []
    for kind, metrics in MAIN_METRICS.items():
        for name in metrics:
            having = [
                (entry, found)
                for entry in entries
                if entry.get("kind") == kind and (found := metric_of(entry, name))
            ]
            if having:
                sheets.append(_sheet(table, name, having))
    return sheets


def metric_of(entry: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """One metric of a dataset's entry."""
    return next((one for one in entry.get("metrics") or () if one["metric"] == name), None)


def main_metric(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The metric that a dataset is judged by in one sentence."""
    names = MAIN_METRICS.get(str(entry.get("kind")), ())
    found = (metric_of(entry, name) for name in names)
    return next((one for one in found if one), None)


def ahead(metric: Mapping[str, Any], main: str, systems: Sequence[str] | None = None) -> str | None:
    """The system that is ahead of every other one beyond chance; None where none is.

    Of the main system and another the paired difference decides; two others must have intervals apart, for which
    there is no paired difference in the table.

    Args:
        systems: those to compare; all by default.
    """
    sign = -1.0 if metric.get("better") == "lower" else 1.0
    if metric.get("better") is None:
        return None
    values = {
        system: one
        for system, one in metric["values"].items()
        if one.get("value") is not None and (systems is None or system in systems)
    }
    if len(values) < 2:
        return None
    best = max(values, key=lambda system: sign * values[system]["value"])
    return best if all(_beats(metric, best, other, main, sign) for other in values if other != best) else None


def _beats(metric: Mapping[str, Any], one: str, other: str, main: str, sign: float) -> bool:
    differences = metric.get("differences") or {}
    if one == main and other in differences:
        return _beyond(differences[other], sign)
    if other == main and one in differences:
        return _beyond(differences[one], -sign)
    mine, theirs = metric["values"][one], metric["values"][other]
    if None in (mine["low"], mine["high"], theirs["low"], theirs["high"]):
        return False
    return bool(mine["low"] > theirs["high"] if sign > 0 else mine["high"] < theirs["low"])


def _beyond(difference: Mapping[str, Any], sign: float) -> bool:
    low, high = difference.get("low"), difference.get("high")
    if low is None or high is None:
        return False
    return bool(low > 0 if sign > 0 else high < 0)


def _sheet(
    table: Mapping[str, Any], name: str, having: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> Sheet:
    main = str(table.get("main", ""))
    models = list(table.get("systems") or ())
    systems = list(dict.fromkeys(system for _, metric in having for system in metric["values"]))
    systems.sort(key=lambda system: (system != main, system not in models))
    unit = "" if name in _DECIMAL else " x 100"
    sheet = Sheet(f"{_NAMES.get(name, name)}{unit}", ["Dataset", *systems, "published", "n"])
    for entry, metric in having:
        best = ahead(metric, main)
        cells = [_cell(metric["values"].get(system), name, best == system) for system in systems]
        sheet.rows.append((_dataset(entry), [*cells, _published(entry, name), Cell(str(entry.get("n", "")))]))
    share = float(table.get("confidence") or 0.95)
    sheet.notes.append(
        f"In brackets: {share:.0%} bootstrap interval over items. Bold: ahead of every other column beyond chance (paired "
        "intervals against the first, intervals apart between the others). Struck: published on another split, label "
        "set or prompt, not comparable."
    )
    return sheet


def _dataset(entry: Mapping[str, Any]) -> str:
    language = str(entry.get("language", ""))
    return f"{(entry.get('name') or {}).get('en') or entry['dataset']} ({LANGUAGES.get(language, language)})"


def _cell(found: Mapping[str, Any] | None, name: str, best: bool) -> Cell | None:
    if not found or found.get("value") is None:
        return None
    interval = (
        f"[{_number(found['low'], name)}, {_number(found['high'], name)}]"
        if found.get("low") is not None
        else ""
    )
    return Cell(_number(found["value"], name), interval, best=best)


def _published(entry: Mapping[str, Any], name: str) -> Cell | None:
    figures = [one for one in entry.get("published") or () if one["metric"] == name]
    figures.sort(key=lambda one: (not one.get("comparable"), -one["value"]))
    if not figures:
        return None
    return Cell(_number(figures[0]["value"], name), struck=not figures[0].get("comparable"))


def _number(value: float, name: str) -> str:
    return f"{value:.2f}" if name in _DECIMAL else f"{100 * value:.1f}"


def _ends(found: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    return found.get("value"), found.get("low"), found.get("high")
