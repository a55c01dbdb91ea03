"""What `errors.json` says, in one table: how many answers of each system have which first cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.agreement_view import interval
from caibian.pipeline.report.comparison import Value
from caibian.pipeline.report.words import Two, catalogue, name, pair


@dataclass(frozen=True)
class Errors:
    """The section on errors."""

    systems: list[Two]
    answers: list[int]
    clean: list[Value]
    causes: list[tuple[Two, list[int]]]  # the most frequent first


def errors(found: Mapping[str, Any]) -> Errors | None:
    """The table; None where errors were not analysed."""
    overall = found.get("overall") or []
    if not overall:
        return None
    codes = {code for one in overall for code in one["causes"]}
    counts = {
        code: [int((one["causes"].get(code) or {}).get("primary") or 0) for one in overall] for code in codes
    }
    order = sorted((code for code in codes if any(counts[code])), key=lambda code: (-sum(counts[code]), code))
    return Errors(
        systems=[naming.system(str(one["system"])) for one in overall],
        answers=[int(one["answers"]) for one in overall],
        clean=[interval(one["clean"], "percent") for one in overall],
        causes=[(_cause(code), counts[code]) for code in order],
    )


def _cause(code: str) -> Two:
    section = "errors_cause"
    return name(section, code) if section in catalogue() else pair(code.replace("_", " "))
