"""The before/after table in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

# Names that people know, for what the JSON calls otherwise.
_TITLES = {
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
    "chrf": "chrF, mean of items",
    "chrf_corpus": "chrF, corpus",
    "length_ratio": "length / reference",
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "invalid_rate": "invalid answers",
    "first_sentence": "first sentence",
    "first_sentence_cut": "… cut to length",
    "tfidf": "TF-IDF linear",
    "tfidf_articles": "… on all articles",
}


def render(table: Mapping[str, Any]) -> Group:
    """The content of table.json as rich tables, one for each card; numbers are percentages.

    A difference is green where its interval lies on the better side of zero, red on the worse side.
    """
    return Group(*(_card(card) for card in table["cards"]))


def print_table(table: Mapping[str, Any], console: Console | None = None) -> None:
    """Print `render(table)`."""
    (console or Console()).print(render(table))


def _card(card: Mapping[str, Any]) -> Table:
    others = [name for name in card["metrics"][0]["values"] if name not in ("before", "after")]
    drawn = Table(
        title=f"{card['name']['en']}  {card['name']['zh']}  (n = {card['n']})", title_justify="left"
    )
    drawn.add_column("")
    for name in ("before", "after", "after − before", *others, "reference"):
        drawn.add_column(_TITLES.get(name, name), justify="right", no_wrap=name == "after − before")
    for metric in card["metrics"]:
        values = metric["values"]
        drawn.add_row(
            _TITLES.get(metric["metric"], metric["metric"]),
            _number(values["before"]["value"]),
            _number(values["after"]["value"]),
            _difference(metric["difference"], metric["better"]),
            *(_number(values[name]["value"]) for name in others),
            "",
        )
    drawn.add_section()
    for check in card["checks"]:
        values = check["values"]
        drawn.add_row(
            check["check"].replace("_", " "),
            _number(values["before"]["value"]),
            _number(values["after"]["value"]),
            _difference(check["difference"], None if check["check"] == "share_with_number" else "higher"),
            *("" for _ in others),
            _number(values["reference"]["value"]),
        )
    return drawn


def _number(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _difference(interval: Mapping[str, float | None], better: str | None) -> Text:
    value, low, high = (interval[end] for end in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return Text("–")
    text = f"{100 * value:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    if better is None or low <= 0 <= high:
        return Text(text)
    return Text(text, style="green" if (low > 0) == (better == "higher") else "red")
