"""`errors.html` out of an error analysis: one file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caibian.pipeline.errors_page import sentences, shares, view
from caibian.pipeline.report import frame, numbers
from caibian.pipeline.report.words import name

_TEMPLATES = Path(__file__).with_name("templates")
_ICON = "M4 4l8 8M12 4l-8 8"  # a cross
_SECTIONS = ("findings", "causes", "pairs", "groups", "clusters", "read", "method")


def render(analysis: Mapping[str, Any], page: Path, *, folder: str = "") -> Path:
    """Write the page of an error analysis (`caibian.evaluation.errors.analyse`) to the file `page`; returns its path.

    All text of the data is escaped, and the page's policy lets no script but its own run.
    """
    sections = [key for key in _SECTIONS if key != "pairs" or analysis["pairs"]]
    parts = {
        "analysis": analysis,
        "view": view,
        "facts": [
            (name("errors", "examples"), numbers.count(analysis["examples"])),
            (name("errors", "systems"), ", ".join(line["system"] for line in sentences.systems(analysis))),
            (name("audit", "folder"), folder),
            (name("page", "seed"), str(analysis["seed"])),
        ],
        "findings": sentences.findings(analysis),
        "systems": sentences.systems(analysis),
        "most_frequent": sentences.most_frequent,
        "rows": view.cause_rows(analysis),
        "by_card": view.groups(analysis["by_card"], "card", analysis["cards"]),
        "by_language": view.groups(analysis["by_language"], "language", {}),
        "clusters": view.clusters_by_cause(analysis),
        "read": view.in_turns(analysis["read"]),
        "filters": view.filters(analysis["read"]),
        "frame": frame.frame(
            "errors",
            analysis["name"],
            icon=_ICON,
            sections=[(key, name("errors_nav", key)) for key in sections],
            styles=[shares.STYLE, _TEMPLATES / "page.css"],
        ),
    }
    return frame.write_page(page, shares.environment(_TEMPLATES).get_template("errors.html.j2"), parts)
