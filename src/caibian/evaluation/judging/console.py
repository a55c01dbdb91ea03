"""judging.json in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from caibian.evaluation.judging.wording import called

_FIGURES = ("first_seat", "flips", "decided_by_seat", "longer_wins", "longer_wins_excess", "self_preference", "empty_not_last")  # fmt: skip


def print_judging(found: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the judges, what was measured of them, and where each sees the systems."""
    (console or Console()).print(render(found))


def render(found: Mapping[str, Any]) -> Group:
    """The content of judging.json as rich tables: judges, bias, standings by judge; reasons stand below as lines."""
    judges = found["judges"]
    measured = {name: entry["bias"] for name, entry in judges.items() if entry.get("bias")}
    parts: list[Any] = [_judges(judges), *_reasons(judges)]
    parts += [_bias(name, bias, found["bias_confidence"]) for name, bias in measured.items()]
    parts += [_standings(name, entry) for name, entry in judges.items() if entry.get("standings")]
    return Group(*parts)


def _table(title: str, *columns: str) -> Table:
    drawn = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for at, column in enumerate(columns):
        drawn.add_column(column, justify="right" if at else "left")
    return drawn


def _judges(judges: Mapping[str, Any]) -> Table:
    drawn = _table("Judges", "", "rankings", "abstained", "unanswered", "tokens", "cost", "verdict on it")
    for name, entry in judges.items():
        abstained = sum(one["count"] for one in (entry.get("abstentions") or {}).values())
        tokens = entry.get("prompt_tokens", 0) + entry.get("completion_tokens", 0)
        cost = entry.get("cost")
        drawn.add_row(
            name,
            f"{entry.get('rankings', 0):,}",
            f"{abstained:,}",
            f"{entry.get('unanswered', 0):,}",
            f"{tokens:,}" if tokens else "–",
            f"{cost['amount']:.4f} {cost['currency']}" if cost else "–",
            _fitness(entry),
        )
    return drawn


def _fitness(entry: Mapping[str, Any]) -> Text:
    if entry["kind"] != "model":
        return Text(called("verdicts", "rule"))
    bias = entry.get("bias") or {"fit": None}
    code = {None: "unknown", True: "fit", False: "unfit"}[bias["fit"]]
    return Text(called("verdicts", code), style={"fit": "green", "unfit": "red"}.get(code, ""))


def _reasons(judges: Mapping[str, Any]) -> list[Text]:
    """Why a judge is unfit and why it abstained, a line each."""
    lines = []
    for name, entry in judges.items():
        if entry["kind"] != "model":
            lines.append(Text(f"{name}: {called('kinds', entry['kind'])}", style="dim"))
        if reasons := (entry.get("bias") or {}).get("reasons"):
            beyond = "; ".join(called("figures", code) for code in reasons)
            lines.append(Text(f"{name} is unfit: {beyond}", style="red"))
        if abstained := entry.get("abstentions"):
            listed = "; ".join(
                f"{one['count']:,} × {called('abstentions', code)}" for code, one in abstained.items()
            )
            lines.append(Text(f"{name} abstained: {listed}"))
    return lines


def _bias(name: str, bias: Mapping[str, Any], confidence: float) -> Table:
    drawn = _table(
        f"\nBias of {name}",
        "",
        "measured",
        f"{confidence:.0%} interval",
        "a fit judge has",
        "n",
        "compared with",
    )
    for code in _FIGURES:
        one = bias["figures"][code]
        if one["value"] is None:
            drawn.add_row(
                called("figures", code),
                "–",
                Text(called("notes", one.get("note", "")), style="dim"),
                "",
                "",
                "",
            )
            continue
        drawn.add_row(
            called("figures", code),
            Text(f"{one['value']:.2f}", style="red" if code in bias["reasons"] else ""),
            f"{one['low']:.2f} to {one['high']:.2f}",
            _bar(one),
            f"{one['n']:,}",
            called("kinds", one["against"]) if one.get("against") else "",
        )
    return drawn


def _bar(one: Mapping[str, Any]) -> str:
    least, most = one["least"], one["most"]
    if most is None:
        return ""
    return f"at most {most:.2f}" if least is None else f"{least:.2f} to {most:.2f}"


def _standings(name: str, entry: Mapping[str, Any]) -> Table:
    found = entry["standings"]
    equal = (entry.get("bias") or {}).get("equal_length", {}).get("win_rates", {})
    columns = (
        "system",
        "average rank",
        "first",
        "win rate",
        "log strength",
        *(["win rate at equal length"] if equal else []),
    )
    drawn = _table(f"\nBy {name}: {found['verdicts']:,} verdicts on {found['items']:,} items", *columns)
    for system, one in sorted(
        found["systems"].items(), key=lambda pair: pair[1]["average_rank"]["value"] or float("inf")
    ):
        drawn.add_row(
            system,
            _interval(one["average_rank"]),
            f"{one['ranks'][0]:g}",
            _interval(one["win_rate"]),
            _interval(one["plackett_luce"]),
            *([_interval(equal[system])] if equal else []),
        )
    return drawn


def _interval(one: Mapping[str, float | None]) -> str:
    if one["value"] is None or one["low"] is None:
        return "–"
    return f"{one['value']:.2f} [{one['low']:.2f}, {one['high']:.2f}]"
