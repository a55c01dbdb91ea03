"""The agreement report in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

# Key in the report -> what stands above its column. A coefficient of 1 is perfect agreement, 0 is chance.
_GROUP = {
    "alpha": "alpha",
    "kendall_w": "W",
    "kendall_w_chance": "W by chance",
    "tau": "tau",
    "agreement": "pairs alike",
}
_RATER = {
    "accuracy": "= majority of others",
    "tau": "tau",
    "kappa": "kappa",
    "alpha_without": "alpha without",
}
_JUDGE = {
    "accuracy": "= experts' majority",
    "kappa": "kappa",
    "tau": "tau",
    "accuracy_difference": "against an expert",
}
_LISTED = 10  # items of disagreement; the rest stand in the file


def print_agreement(report: Mapping[str, Any], console: Console | None = None) -> None:
    """Print what `agreement_report` gave."""
    (console or Console()).print(render(report))


def render(report: Mapping[str, Any]) -> Group:
    """The report as rich tables: experts, each expert, judges, items to adjudicate, what was passed over."""
    experts = report["experts"]
    parts: list[RenderableType] = [
        Text(
            f"{report['items']['ranked']:,} items ranked by experts, {report['items']['shared']:,} by two or more; "
            f"{len(experts['raters'])} experts; {report['confidence']:.0%} intervals over items"
        )
    ]
    groups = {"all": experts["overall"], **experts["languages"], **experts["cards"]}
    if report["between_judges"]["items"]:
        groups["judges among themselves"] = report["between_judges"]
    parts.append(_table("Experts among themselves", "", groups, _GROUP, ("items", "raters")))
    if experts["raters"]:
        parts.append(
            _table("Each expert", "", experts["raters"], _RATER, ("items", "shared", "abstained", "seconds"))
        )
    if report["judges"]:
        parts.append(
            _table("Judges and experts", "", report["judges"], _JUDGE, ("items", "abstained", "items_tied"))
        )
    if report["adjudicate"]:
        parts.append(_disputed(report["adjudicate"]))
    passed = [
        f"abstentions of {group}: {found['n']:,} ({_counts(found['reasons'])})"
        for group, found in report["abstentions"].items()
        if found["n"]
    ]
    if report["left_out"]:
        passed.append(f"rankings left out: {_counts(report['left_out'])}")
    return Group(*parts, *(Text(line) for line in passed))


def _table(
    title: str,
    first: str,
    rows: Mapping[str, Mapping[str, Any]],
    columns: Mapping[str, str],
    counts: tuple[str, ...],
) -> Table:
    drawn = Table(title=title, title_justify="left")
    drawn.add_column(first)
    for name in (*(count.replace("_", " ") for count in counts), *columns.values()):
        drawn.add_column(name, justify="right")
    for name, row in rows.items():
        numbers = (
            "–" if row[count] is None else f"{row[count]:,.0f}" for count in counts
        )  # seconds are whole here
        drawn.add_row(Text(name), *numbers, *(_cell(row[key]) for key in columns))
    return drawn


def _cell(value: Mapping[str, float | None] | float | None) -> str:
    if value is None or isinstance(value, (int, float)):
        return "–" if value is None else f"{value:.2f}"
    if value["value"] is None:
        return "–"
    if value["low"] is None or value["high"] is None:
        return f"{value['value']:.2f}"
    return f"{value['value']:.2f} [{value['low']:.2f}, {value['high']:.2f}]"


def _disputed(items: list[Mapping[str, Any]]) -> Table:
    drawn = Table(title="Items of highest disagreement", title_justify="left")
    for name in ("item", "card", "disagreement", "who said what"):
        drawn.add_column(name, justify="right" if name == "disagreement" else "left")
    for item in items[:_LISTED]:
        said = "\n".join(f"{one['rater']}: {' > '.join(one['order'])}" for one in item["orders"])
        drawn.add_row(
            Text(item["example_id"]), item["card"] or "–", f"{item['disagreement']:.2f}", Text(said)
        )
    return drawn


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in reasons.items())
