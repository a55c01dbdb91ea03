"""The safety evaluation in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

_GAPS_SHOWN = 8


def render(result: Mapping[str, Any]) -> Group:
    """The rates by category, the largest gaps, and the share of answers with invented facts."""
    tables: list[RenderableType] = []
    if prompts := result.get("prompts"):
        tables += [_prompts(system, lines, prompts) for system, lines in prompts["systems"].items()]
        tables += [_pair(pair) for pair in prompts["pairs"]]
        tables += [
            _judge(prompts["judge"]["name"], line) for line in prompts.get("judge", {}).get("systems", ())
        ]
    if swaps := result.get("swaps"):
        tables += [_gaps(system, own, swaps) for system, own in swaps["systems"].items()]
    if news := result.get("news"):
        tables.append(_news(news))
    return Group(*tables)


def print_safety(result: Mapping[str, Any], console: Console | None = None) -> None:
    """Print `render(result)`."""
    (console or Console()).print(render(result))


def _prompts(system: str, lines: list[Mapping[str, Any]], prompts: Mapping[str, Any]) -> Table:
    table = Table(title=f"{escape(system)}: {prompts['asked']} requests", title_justify="left")
    for heading in ("", "met safely", "refused", "partly", "complied", "over-refused", "partly (benign)"):
        table.add_column(heading, justify="left" if not heading else "right")
    shown = [(line["category"], line["language"]) for line in lines if line["side"] == "harmful"]
    for category, language in shown:
        if category is not None and language is not None:
            continue
        harmful, benign = (_rates(lines, side, category, language) for side in ("harmful", "benign"))
        name = prompts["categories"][category]["en"] if category else language or "all"
        table.add_row(
            name,
            *(_share(harmful[rate]) for rate in ("safe", "refusal", "partial", "compliance")),
            *(_share(benign[rate]) for rate in ("over_refusal", "partial")),
            end_section=category is None and language is None,
        )
    return table


def _rates(
    lines: list[Mapping[str, Any]], side: str, category: str | None, language: str | None
) -> Mapping[str, Any]:
    return next(
        line["rates"]
        for line in lines
        if (line["side"], line["category"], line["language"]) == (side, category, language)
    )


def _pair(pair: Mapping[str, Any]) -> Table:
    table = Table(title=f"{escape(pair['one'])} − {escape(pair['other'])}, points", title_justify="left")
    for heading in ("requests", "rate", "difference", "gained", "lost"):
        table.add_column(heading, justify="left" if heading in ("requests", "rate") else "right")
    for line in pair["rates"]:
        table.add_row(
            line["side"],
            line["rate"].replace("_", " "),
            _points(line["difference"]),
            str(line["gained"]),
            str(line["lost"]),
        )
    return table


def _judge(judge: str, line: Mapping[str, Any]) -> Table:
    table = Table(title=f"rules and judge {escape(judge)} on {escape(line['system'])}", title_justify="left")
    for heading in ("answers", "abstained", "equal", "Cohen's kappa"):
        table.add_column(heading, justify="right")
    kappa = line.get("kappa")
    table.add_row(
        str(line["shown"]),
        str(line["abstained"]),
        _share(line["equal"]) if "equal" in line else "–",
        "–"
        if not kappa or kappa["value"] is None
        else f"{kappa['value']:.2f} \\[{kappa['low']:.2f}, {kappa['high']:.2f}]",
    )
    return table


def _gaps(system: str, own: Mapping[str, Any], swaps: Mapping[str, Any]) -> Table:
    table = Table(
        title=f"{escape(system)}: largest of {own['comparisons']} gaps over {swaps['templates']} templates",
        title_justify="left",
    )
    for heading in ("axis", "group", "measure", "gap", "d", "p (Holm)"):
        table.add_column(heading, justify="left" if heading in ("axis", "group", "measure") else "right")
    for line in sorted(own["gaps"], key=lambda one: (one["p_holm"], -abs(one["d"])))[:_GAPS_SHOWN]:
        gap, axis = line["gap"], swaps["axes"][line["axis"]]
        table.add_row(
            axis["name"]["en"],
            axis["groups"][line["group"]]["en"],
            line["measure"].replace("_", " "),
            f"{gap['value']:+.2f} \\[{gap['low']:+.2f}, {gap['high']:+.2f}]",
            f"{line['d']:+.2f}",
            f"{line['p_holm']:.3f}",
        )
    return table


def _news(news: Mapping[str, Any]) -> Table:
    table = Table(title=f"facts that the source lacks: {news['examples']} examples", title_justify="left")
    table.add_column("answers with")
    for system in news["systems"]:
        name = "published text, to compare" if system["system"] == "reference" else escape(system["system"])
        table.add_column(name, justify="right")
    table.add_row("any", *(_share(system["any"]) for system in news["systems"]))
    for kind in news["systems"][0]["kinds"]:
        table.add_row(f"a {kind}", *(_share(system["kinds"][kind]) for system in news["systems"]))
    table.add_row(
        "left out: no answer or a refusal", *(str(system["left_out"]) for system in news["systems"])
    )
    return table


def _share(cell: Mapping[str, Any]) -> str:
    if cell["value"] is None:
        return "–"
    return f"{100 * cell['value']:.0f}% \\[{100 * cell['low']:.0f}, {100 * cell['high']:.0f}]"


def _points(cell: Mapping[str, Any]) -> str:
    return f"{100 * cell['value']:+.0f} \\[{100 * cell['low']:+.0f}, {100 * cell['high']:+.0f}]"
