"""What changed since the evaluation before, as the page shows it, and where that one is remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caibian.evaluation.tables import Scope
from caibian.evaluation.tables.changes import FORMAT, Changes, Moved, changes
from caibian.evaluation.tables.rows import Row
from caibian.files import write_json
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.sentences import said
from caibian.pipeline.comparison_page.tasks_view import unit
from caibian.pipeline.report import numbers
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.words import Two, listed, name, pair

_RANKED = {"win_rate": "rate", "mean_rank": "ratio"}  # figures of rankings, and how they are written
_MOST_MOVED = 40  # figures listed; the count is of all
_MOST_NAMED = 30  # items listed of those that turned


@dataclass(frozen=True)
class MovedRow:
    """One figure that moved beyond its interval."""

    label: Two
    where: Two
    before: Value
    after: Value
    kind: str  # better | worse | unclear: which way


@dataclass(frozen=True)
class FlipRow:
    """One system's answers that turned."""

    system: Two
    items: int
    differ: int
    to_wrong: list[str]
    to_right: list[str]
    more_wrong: int
    more_right: int
    lost: int
    won: int
    p: str | None


@dataclass(frozen=True)
class Changed:
    """The whole section."""

    before: str
    same_set: bool
    compared: int
    moved: list[MovedRow]
    moved_in_all: int
    flips: list[FlipRow]
    new: Two | None
    gone: Two | None


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    """Two snapshots as the page shows what lies between them."""
    found: Changes = changes(before, after)
    return Changed(
        before=found.before,
        same_set=found.same_set,
        compared=found.compared,
        moved=[_moved(one) for one in found.moved[:_MOST_MOVED]],
        moved_in_all=len(found.moved),
        flips=[
            FlipRow(
                system=naming.system(one.system),
                items=one.items,
                differ=one.differ,
                to_wrong=one.to_wrong[:_MOST_NAMED],
                to_right=one.to_right[:_MOST_NAMED],
                more_wrong=max(0, len(one.to_wrong) - _MOST_NAMED),
                more_right=max(0, len(one.to_right) - _MOST_NAMED),
                lost=len(one.to_wrong),
                won=len(one.to_right),
                p=None if one.p is None else numbers.significant(one.p),
            )
            for one in found.flips
        ],
        new=naming.systems(found.new) if found.new else None,
        gone=naming.systems(found.gone) if found.gone else None,
    )


def remembered(file: Path, now: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The snapshot of the report before, as `file` holds it, and `now` put in its place.

    A report drawn again over the same figures keeps the one before it. None where there was none, or it cannot be read.
    """
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        last, earlier = kept["last"], kept.get("earlier")
        if last["format"] != FORMAT:
            last = earlier = None
    except (OSError, ValueError, KeyError, TypeError):
        last = earlier = None
    plain = json.loads(json.dumps(now))
    before = earlier if last == plain else last
    write_json(file, {"last": plain, "earlier": before})
    return before if isinstance(before, dict) else None


def _moved(one: Moved) -> MovedRow:
    row = one.after
    better = -1 if row.metric in ("mean_rank", "invalid_rate", "calibration_error") else 1
    step = (one.after.value or 0.0) - (one.before.value or 0.0)
    kind = "unclear" if row.metric == "length_ratio" else "better" if step * better > 0 else "worse"
    return MovedRow(_label(row), _where(row), _value(one.before), _value(one.after), kind)


def _label(row: Row) -> Two:
    metric = name("cmp_metric" if row.metric in _RANKED else "metrics", row.metric)
    if not row.over:
        return Two(lambda language: f"{naming.system(row.system).of(language)} · {metric.of(language)}")
    over = said("cmp_tasks.over", name=naming.system(row.over))
    return Two(lambda language: f"{naming.system(row.system).of(language)} · {metric.of(language)} · {over.of(language)}")  # fmt: skip


def _where(row: Row) -> Two:
    parts = (
        [naming.scope(Scope(row.language or None, row.card or None))]
        if not row.dataset
        else [pair(row.dataset)]
    )
    if row.language and (row.card or row.dataset):
        parts.append(naming.language(row.language))
    if row.judge:
        parts.append(naming.voice_name(row.judge))
    return listed(parts)


def _value(row: Row) -> Value:
    return Value(row.value, row.low, row.high, _RANKED.get(row.metric) or unit(row.metric))
