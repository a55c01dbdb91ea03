"""The table in brief: figures for the report, and the sentences a reader must not miss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HEADLINE_METRIC = {"text": "rougeL", "label": "macro_f1"}  # what a card is judged by in one sentence


def summary(table: Mapping[str, Any]) -> dict[str, Any]:
    """`{"models": …, "cards": {id: {"n": …, metric: {before, after, difference, low, high}}}}`."""
    cards = {}
    for card in table["cards"]:
        rows = {row["metric"]: row for row in card["metrics"]} | {row["check"]: row for row in card["checks"]}
        cards[card["card"]] = {"n": card["n"]} | {
            name: {
                "before": row["values"]["before"]["value"],
                "after": row["values"]["after"]["value"],
                "difference": row["difference"]["value"],
                "low": row["difference"]["low"],
                "high": row["difference"]["high"],
            }
            for name, row in rows.items()
        }
    return {"models": {name: model["name"] for name, model in table["models"].items()}, "cards": cards}


def notes(table: Mapping[str, Any]) -> list[str]:
    """Where a baseline beats the tuned model, where tuning made a card worse, and failed answers."""
    found: list[str] = []
    for card in table["cards"]:
        metric = next(row for row in card["metrics"] if row["metric"] == _HEADLINE_METRIC[card["kind"]])
        name = metric["metric"]
        after = metric["values"]["after"]["value"]
        if metric["difference"]["value"] < 0:
            before = metric["values"]["before"]["value"]
            found.append(f"{card['card']}: tuning lowered {name} from {before:.3f} to {after:.3f}.")
        found += [
            f"{card['card']}: the {'model' if other in table['models'] else 'baseline'} {other} beats the tuned model in {name}, "
            f"{value['value']:.3f} against {after:.3f}."
            for other, value in metric["values"].items()
            if other not in ("before", "after") and value["value"] > after
        ]
        found += [
            f"{card['card']}: {count} of {card['n']} answers {system} tuning {_FAILURES[kind]}."
            for system, failures in card["answers"].items()
            for kind, count in failures.items()
            if count and kind in _FAILURES
        ]
    return found


_FAILURES = {
    "error": "failed with an error; they count as wrong",
    "empty": "were empty; they count as wrong",
}
