"""The error analysis as the page shows it: cells, bars and rows with names in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from caibian.pipeline.errors_page.sentences import REFERENCE
from caibian.pipeline.errors_page.shares import ends, percent, system_name
from caibian.pipeline.report.words import Two, name, pair

Line = Mapping[str, Any]
NOTHING = "none"


@dataclass(frozen=True)
class Cell:
    """A share of answers."""

    share: float
    shown: str
    interval: str
    n: int


@dataclass(frozen=True)
class CauseRow:
    """One cause over all systems; None where none of their answers has it."""

    key: str
    label: Two
    about: Two
    cells: list[Cell | None]


@dataclass(frozen=True)
class Group:
    """One card or language: of each system, the share without a cause and the causes that come first."""

    label: Two
    id: str
    answers: int
    lines: list[tuple[str, Cell, list[tuple[Two, int]]]]


@dataclass(frozen=True)
class Change:
    """One cause of a pair: what was mended and what was broken, as widths of bars that share a scale."""

    label: Two
    line: Line
    mended: float
    broken: float
    kind: str  # better | worse | unclear


def cause_name(key: str) -> Two:
    """What people call a cause, `none` included."""
    return name("errors_cause", key)


def cell(interval: Line) -> Cell:
    """A share as the page shows it."""
    return Cell(interval["value"] or 0.0, percent(interval), ends(interval), interval["n"])


def cause_rows(analysis: Line) -> list[CauseRow]:
    """The causes that occur, in their order."""
    rows = []
    for key in analysis["causes"]:
        found = [line["causes"].get(key) for line in analysis["overall"]]
        if any(found):
            rows.append(
                CauseRow(
                    key,
                    cause_name(key),
                    name("errors_about", key),
                    [cell(one) if one else None for one in found],
                )
            )
    return rows


def groups(lines: Sequence[Line], key: str, label: Mapping[str, Any], most: int = 4) -> list[Group]:
    """The tables by card and by language, the group with the fewest clean answers of the first system first."""
    by_value: dict[str, list[Line]] = {}
    for line in lines:
        if line["system"] != REFERENCE:
            by_value.setdefault(line[key], []).append(line)
    found = [
        Group(
            label=pair(label.get(value) or value) if key == "card" else name("audit_language", value),
            id=value,
            answers=own[0]["answers"],
            lines=[(line["system"], cell(line["clean"]), _first_causes(line, most)) for line in own],
        )
        for value, own in by_value.items()
    ]
    return sorted(found, key=lambda group: (group.lines[0][1].share, group.id))


def _first_causes(line: Line, most: int) -> list[tuple[Two, int]]:
    ranked = sorted(line["causes"].items(), key=lambda item: -item[1]["n"])
    return [(cause_name(cause), one["n"]) for cause, one in ranked[:most]]


def changes(one: Line) -> list[Change]:
    """The causes of a pair, with the larger of all bars 100 wide."""
    largest = max((max(line["mended"], line["broken"]) for line in one["causes"]), default=0) or 1
    return [
        Change(
            cause_name(line["cause"]),
            line,
            round(100 * line["mended"] / largest, 2),
            round(100 * line["broken"] / largest, 2),
            _kind(line["difference"]),
        )
        for line in one["causes"]
    ]


def _kind(interval: Line) -> str:
    if interval["low"] is None or interval["high"] is None:
        return "unclear"
    return "better" if interval["high"] < 0 else "worse" if interval["low"] > 0 else "unclear"


def clusters_by_cause(analysis: Line) -> list[tuple[str, Two, list[Line]]]:
    """(cause, its name, the clusters of each system) in the order of the causes."""
    return [
        (cause, cause_name(cause), lines)
        for cause in analysis["causes"]
        if (lines := [line for line in analysis["clusters"] if line["cause"] == cause])
    ]


def filters(rows: Sequence[Line]) -> list[tuple[str, Two, int]]:
    """The primary causes among the answers to read, with how many each has."""
    return [
        (cause, cause_name(cause), sum(row["cause"] == cause for row in rows))
        for cause in dict.fromkeys(row["cause"] for row in rows)
    ]


def in_turns(rows: Sequence[Line]) -> list[Line]:
    """The answers to read, the primary causes taking turns."""
    by_cause: dict[str, list[Line]] = {}
    for row in rows:
        by_cause.setdefault(row["cause"], []).append(row)
    return [row for turn in zip_longest(*by_cause.values()) for row in turn if row is not None]


def shown_key(cause: str, key: str) -> Two:
    """A cluster's key: kinds of errors by their names, all else as it is."""
    if cause in ("missing", "invalid_json", "refusal", "form"):
        return name("errors_key", key)
    return pair(key)


def heading(system: str) -> Two:
    """The head of a column."""
    return name("errors", "reference") if system == REFERENCE else system_name(system)
