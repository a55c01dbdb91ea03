"""What a task evaluation cannot bear, said plainly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caibian.evaluation.tables.standings import CONFIDENCE
from caibian.evaluation.tables.tasks import main_metric
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.sentences import said
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import Two, name, pair


def limits(table: Mapping[str, Any]) -> tuple[list[Two], list[Two]]:
    """(those that a reader must not miss, all the others) of `table.json`."""
    entries = [entry for entry in table.get("datasets") or () if entry.get("metrics")]
    if not entries:
        return [], []
    first: list[Two] = []
    if table.get("llamalens"):
        first.append(name("cmp_tasks", "llamalens"))
    if any(not one.get("comparable") for entry in entries for one in entry.get("published") or ()):
        first.append(name("cmp_limits", "split"))
    for system in table.get("systems") or ():
        own = [(entry.get("systems") or {}).get(system) or {} for entry in entries]
        if missing := sum(int(one.get("missing") or 0) for one in own):
            everything = sum(int(entry.get("n") or 0) for entry in entries)
            first.append(
                said("cmp_limits.missing", system=naming.system(system), n=numbers.count(missing),
                     all=numbers.count(everything))
            )  # fmt: skip
    return first, _of_items(table, entries)


def _of_items(table: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> list[Two]:
    smallest = min(entries, key=lambda entry: int(entry.get("n") or 0))
    sentences = [
        said(
            "cmp_limits.items",
            n=numbers.count(sum(int(entry.get("n") or 0) for entry in entries)),
            few=numbers.count(smallest.get("n")),
            part=pair(smallest.get("name"), str(smallest["dataset"])),
        )
    ]
    pairs = sum(len((main_metric(entry) or {}).get("differences") or ()) for entry in entries)
    share = numbers.finite(table.get("confidence")) or CONFIDENCE
    if pairs:
        false = max(1, round(pairs * (1 - share)))
        confidence = numbers.significant(100 * share)
        sentences.append(said("cmp_limits.many", n=numbers.count(pairs), confidence=confidence, false=false))
    if any(int(entry.get("test_items") or 0) > int(entry.get("n") or 0) for entry in entries):
        sentences.append(name("cmp_limits", "drawn"))
    sentences.append(name("cmp_limits", "labels"))
    return sentences
