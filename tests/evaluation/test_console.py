"""The table in the terminal says what table.json says."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from caibian.evaluation.console import print_table

INTERVAL = {"value": 0.25, "low": 0.125, "high": 0.375}


def table(difference: dict[str, float | None], better: str | None = "higher") -> dict[str, Any]:
    return {
        "cards": [
            {
                "card": "headline.news",
                "name": {"zh": "新闻标题", "en": "News headline"},
                "n": 100,
                "metrics": [
                    {
                        "metric": "rougeL",
                        "better": better,
                        "values": {
                            "before": INTERVAL,
                            "after": INTERVAL | {"value": 0.5},
                            "first_sentence": INTERVAL,
                        },
                        "difference": difference,
                    }
                ],
                "checks": [
                    {
                        "check": "numbers_supported",
                        "values": {
                            "before": {"value": None, "low": None, "high": None, "n": 0},
                            "after": INTERVAL | {"value": 0.9},
                            "reference": INTERVAL | {"value": 0.98},
                        },
                        "difference": {"value": None, "low": None, "high": None},
                    }
                ],
            }
        ]
    }


def printed(content: dict[str, Any], *, colour: bool = False) -> str:
    stream = io.StringIO()
    print_table(content, Console(file=stream, width=140, force_terminal=colour, color_system="standard"))
    return stream.getvalue()


def test_it_shows_values_in_percent_differences_with_intervals_and_references() -> None:
    text = printed(table(INTERVAL))
    for part in ("News headline", "新闻标题", "n = 100", "ROUGE-L", "first sentence", "50.0", "90.0", "98.0"):
        assert part in text, part
    assert "+25.0 [+12.5, +37.5]" in text


def test_what_is_undefined_is_a_dash() -> None:
    assert printed(table(INTERVAL)).count("–") == 2


def test_colour_says_better_or_worse_only_where_the_interval_excludes_zero() -> None:
    green, red = "\x1b[32m", "\x1b[31m"
    falls = {"value": -0.25, "low": -0.375, "high": -0.125}
    unclear = {"value": 0.1, "low": -0.1, "high": 0.3}
    assert green in printed(table(INTERVAL), colour=True)
    assert red in printed(table(falls), colour=True)
    assert green in printed(table(falls, better="lower"), colour=True)
    for shown in (printed(table(unclear), colour=True), printed(table(INTERVAL, better=None), colour=True)):
        assert green not in shown
        assert red not in shown
