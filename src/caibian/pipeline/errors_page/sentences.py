"""The findings of an error analysis as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caibian.pipeline.errors_page.shares import ends, percent, points, system_name
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import name, plain

Line = Mapping[str, Any]
REFERENCE = "reference"
Values = dict[str, Any]


def findings(analysis: Line) -> list[tuple[str, Values]]:
    """(key, values) of each sentence of the catalogue's section `errors_finding`."""
    found: list[tuple[str, Values]] = []
    for line in systems(analysis):
        values: Values = {
            "system": system_name(line["system"]),
            "share": percent(line["clean"]),
            "ends": ends(line["clean"]),
            "n": numbers.count(line["answers"]),
        }
        if first := most_frequent(line):
            found.append(
                (
                    "system",
                    values | {"cause": name("errors_cause", first), "k": line["causes"][first]["primary"]},
                )
            )
        else:
            found.append(("clean", values))
    for pair in analysis["pairs"]:
        change = pair["clean_difference"]
        found.append(
            (
                "pair",
                {
                    "before": system_name(pair["before"]),
                    "after": system_name(pair["after"]),
                    "mended": numbers.count(pair["mended"]),
                    "broken": numbers.count(pair["broken"]),
                    "change": points(change),
                    "ends": ends(change, sign=True),
                },
            )
        )
    if analysis["unknown_cards"]:
        found.append(("unknown", {"cards": ", ".join(analysis["unknown_cards"])}))
    return found


def systems(analysis: Line) -> list[Line]:
    """The lines of the systems, without the published outputs."""
    return [line for line in analysis["overall"] if line["system"] != REFERENCE]


def most_frequent(line: Line) -> str | None:
    """The primary cause that most answers have."""
    first = max(line["causes"].items(), key=lambda item: item[1]["primary"], default=(None, {"primary": 0}))
    return first[0] if first[1]["primary"] else None


def summary(analysis: Line, language: str) -> list[str]:
    """The findings in one language as plain text."""
    return [plain(f"errors_finding.{key}", language, **values) for key, values in findings(analysis)]
