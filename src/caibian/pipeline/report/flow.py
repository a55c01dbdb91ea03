"""The flow picture of a stage: rows in at the left, one ribbon for each fate at the right.

A ribbon is as thick as its share of the rows; every fate has a slot of its own, tall enough for a label.
Heights are pixels; across, the picture stretches with the page (0 to 100).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caibian.pipeline.report import numbers
from caibian.pipeline.report.gather import Run
from caibian.pipeline.report.words import Two, catalogue, name, pair, plain
from caibian.records import Report

_TRUNK_PX = 132.0  # height of all rows that came in
_SLOT_PX = 30.0  # least height of a fate: two small lines of label, on a phone
_HAIR_PX = 1.5  # thinnest ribbon that is still seen
_MOST_REASONS = 9  # drawn; the small rest is drawn together and listed below
_NO_ROWS = ("export",)  # what it counts are files
# Rows that nothing was wrong with: the recipe wanted fewer.
_ASIDE = frozenset(
    {"over_max_articles", "over_the_cap", "left_out_for_balance", "limit_reached", "beyond max_per_card"}
)
_BEND = 46.0  # where the ribbons' curves turn, of 100 across


@dataclass(frozen=True)
class Fate:
    """Where some of the rows went."""

    kind: str  # kept | dropped | aside
    label: Two | None  # the reason, for dropped rows
    rows: int
    share: str  # of the rows that came in
    path: str  # of the ribbon
    top: float  # of its slot, in pixels
    height: float


@dataclass(frozen=True)
class Flow:
    """One stage as drawn."""

    stage: str
    card: Two | None  # where a stage counts by task card
    rows_in: int
    rows_out: int
    dropped: int
    became: int | None  # rows out, where they are counted in another unit than the rows that went on
    fates: list[Fate]
    reasons: list[tuple[Two, int, str]]  # every reason with rows and share, where some are drawn together
    trunk_top: float
    trunk_height: float
    height: float


def flows(run: Run) -> list[Flow]:
    """The flows of all stages that reported rows; a stage that counts by task card gives one for each."""
    found: list[Flow] = []
    for stage in run.finished:
        report = stage.report
        if report is None or report.rows_in <= 0 or stage.name in _NO_ROWS:
            continue
        cards = _by_card(report)
        if cards:
            found += [flow(stage.name, *rows, card=label) for label, rows in cards]
        else:
            found.append(flow(stage.name, report.rows_in, report.rows_out, report.dropped))
    return found


def _by_card(report: Report) -> list[tuple[Two, tuple[int, int, dict[str, int]]]]:
    """Name, rows in, rows out and drops of each card and dataset, where the drops are named `card: reason`."""
    cards = report.metrics.get("cards")
    articles = report.metrics.get("articles")
    datasets = report.metrics.get("datasets") or []
    if not isinstance(cards, dict) or not isinstance(articles, int):
        return []
    parts = [(card, pair(figures.get("name"), card), articles, figures) for card, figures in cards.items()]
    parts += [(one["dataset"], pair(one["name"], one["dataset"]), one["rows"], one) for one in datasets]
    known = {name for name, *_ in parts}
    if sum(rows for _, _, rows, _ in parts) != report.rows_in:
        return []
    if not all(reason.partition(": ")[0] in known for reason in report.dropped):
        return []
    found = []
    for own, label, rows, figures in parts:
        dropped = {
            reason.partition(": ")[2]: count
            for reason, count in report.dropped.items()
            if reason.partition(": ")[0] == own
        }
        out = sum((figures.get("examples") or {}).values())
        found.append((label, (rows, out, dropped)))
    return found


def flow(stage: str, rows_in: int, rows_out: int, drops: Mapping[str, int], card: Two | None = None) -> Flow:
    """The flow of one stage.

    What went on is `rows_in - dropped`. Where a stage puts out another number, each row it kept became
    several (an article, one example for each card), or several became one: `became` says so.
    """
    reasons = sorted(((reason, rows) for reason, rows in drops.items() if rows > 0), key=lambda two: -two[1])
    dropped = sum(rows for _, rows in reasons)
    kept = max(0, rows_in - dropped)
    total = max(rows_in, dropped, 1)
    named = [
        ("aside" if reason in _ASIDE else "dropped", reason_name(reason), rows) for reason, rows in reasons
    ]
    drawn, rest = named, named[_MOST_REASONS:]
    if len(rest) > 1:
        others = Two(lambda language: plain("data.others", language, n=len(rest)))
        drawn = [*named[:_MOST_REASONS], ("dropped", others, sum(rows for _, _, rows in rest))]
    parts: list[tuple[str, Two | None, int]] = [("kept", None, kept), *drawn]
    heights = [max(_HAIR_PX if rows else 0.0, _TRUNK_PX * rows / total) for _, _, rows in parts]
    slots = [max(_SLOT_PX, height + 4) for height in heights]
    trunk_top = (sum(slots) - sum(heights)) / 2
    fates: list[Fate] = []
    left, top = trunk_top, 0.0
    for (kind, label, rows), thick, slot in zip(parts, heights, slots, strict=True):
        right = top + (slot - thick) / 2
        fates.append(
            Fate(kind, label, rows, numbers.share(rows, total), _ribbon(left, right, thick), top, slot)
        )
        left += thick
        top += slot
    return Flow(
        stage=stage,
        card=card,
        rows_in=rows_in,
        rows_out=rows_out,
        dropped=dropped,
        became=rows_out if rows_out != kept else None,
        fates=fates,
        reasons=[(label, rows, numbers.share(rows, total)) for _, label, rows in named]
        if len(rest) > 1
        else [],
        trunk_top=trunk_top,
        trunk_height=sum(heights),
        height=sum(slots),
    )


def reason_name(reason: str) -> Two:
    """A reason in words; `title_fails_language` is put together from the name of the check."""
    kind, fails, check = reason.partition("_fails_")
    if fails and kind in catalogue()["refused"]:
        return Two(lambda language: plain(f"refused.{kind}", language, check=name("checks", check)))
    return name("reasons", reason)


def _ribbon(left: float, right: float, thick: float) -> str:
    """A band from y=left at x=0 to y=right at x=100."""
    a, b, c, d = (numbers.svg(y) for y in (left, right, right + thick, left + thick))
    far = numbers.svg(100 - _BEND)
    near = numbers.svg(_BEND)
    return f"M0 {a}C{near} {a} {far} {b} 100 {b}V{c}C{far} {c} {near} {d} 0 {d}Z"
