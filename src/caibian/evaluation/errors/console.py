"""The errors of a folder in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table

from caibian.evaluation.errors.analyse import REFERENCE

NAMES = {
    "cut": "cut at the token limit",
    "form": "form of the card",
    "schema": "schema violation",
    "markdown": "Markdown",
}


def render(analysis: Mapping[str, Any]) -> Group:
    """One table: causes down, systems across, each share with its interval; then what a pair mended and broke."""
    overall = {line["system"]: line for line in analysis["overall"]}
    table = Table(
        title=f"{escape(analysis['name'])}: {analysis['examples']:,} examples", title_justify="left"
    )
    table.add_column("answers with")
    for system in overall:
        table.add_column(_system(system), justify="right")
    table.add_row(
        "nothing wrong found", *(_share(line["clean"]) for line in overall.values()), end_section=True
    )
    for cause in analysis["causes"]:
        cells = [line["causes"].get(cause) for line in overall.values()]
        if any(cells):
            table.add_row(cause_name(cause), *(_share(cell) if cell else "–" for cell in cells))
    return Group(table, *(_pair(pair) for pair in analysis["pairs"]))


def print_analysis(analysis: Mapping[str, Any], console: Console | None = None) -> None:
    """Print `render(analysis)`."""
    (console or Console()).print(render(analysis))


def cause_name(cause: str) -> str:
    """A cause as people read it in the terminal."""
    return NAMES.get(cause, cause.replace("_", " "))


def _pair(pair: Mapping[str, Any]) -> Table:
    table = Table(
        title=f"{escape(pair['before'])} → {escape(pair['after'])}: {pair['mended']} answers mended, {pair['broken']} broken, "
        f"{pair['clean_neither']} wrong in both",
        title_justify="left",
    )
    for heading in ("cause", "before", "after", "mended", "broken", "difference in points"):
        table.add_column(heading, justify="left" if heading == "cause" else "right")
    for line in pair["causes"]:
        table.add_row(
            cause_name(line["cause"]),
            *(str(line[key]) for key in ("before", "after", "mended", "broken")),
            _points(line["difference"]),
        )
    return table


def _system(name: str) -> str:
    return "published text" if name == REFERENCE else escape(name)


def _share(cell: Mapping[str, Any]) -> str:
    return f"{100 * cell['value']:.1f}% \\[{100 * cell['low']:.1f}, {100 * cell['high']:.1f}]"


def _points(interval: Mapping[str, float | None]) -> str:
    value, low, high = interval["value"], interval["low"], interval["high"]
    if value is None or low is None or high is None:
        return "–"
    colour = "green" if high < 0 else "red" if low > 0 else ""
    text = f"{100 * value:+.1f} \\[{100 * low:+.1f}, {100 * high:+.1f}]"
    return f"[{colour}]{text}[/{colour}]" if colour else text
