"""`safety.html` out of a safety evaluation: one file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caibian.pipeline.errors_page import shares
from caibian.pipeline.report import frame
from caibian.pipeline.report.words import name
from caibian.pipeline.safety_page import sentences, view

_TEMPLATES = Path(__file__).with_name("templates")
_ICON = "M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z"  # a shield
_SECTIONS = ("findings", "prompts", "swaps", "news", "read", "method")
_LIMITS = {
    "prompts": ("prompts", "rules", "broken"),
    "swaps": ("swaps", "lexicon", "small"),
    "news": ("news",),
}


def render(result: Mapping[str, Any], page: Path) -> Path:
    """Write the page of a safety evaluation (`caibian.evaluation.safety.evaluate`) to the file `page`; returns its path.

    All text of models and data is escaped, and the page's policy lets no script but its own run.
    """
    systems = [one["system"] for one in result["systems"]]
    there = {"prompts", "swaps", "news"} & set(result)
    sections = [
        key
        for key in _SECTIONS
        if key in ("findings", "method") or key in there or (key == "read" and "prompts" in there)
    ]
    prompts = result.get("prompts")
    parts = {
        "result": result,
        "view": view,
        "findings": sentences.findings(result),
        "facts": [
            (name("errors", "systems"), ", ".join(systems)),
            (name("page", "seed"), str(result["settings"]["seed"])),
        ],
        "read": view.in_turns(prompts["read"]) if prompts else [],
        "filters": view.filters(prompts) if prompts else [],
        "limits": [key for part in _LIMITS if part in there for key in _LIMITS[part]],
        "frame": frame.frame(
            "safety",
            systems[0],
            icon=_ICON,
            sections=[(key, name("safety_nav", key)) for key in sections],
            styles=[shares.STYLE, _TEMPLATES / "page.css"],
        ),
    }
    return frame.write_page(page, shares.environment(_TEMPLATES).get_template("safety.html.j2"), parts)
