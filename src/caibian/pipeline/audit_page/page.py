"""`audit.html` out of the figures of an audit: one file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caibian.pipeline.audit_page import check_view, label_view, sentences, view
from caibian.pipeline.report import frame
from caibian.pipeline.report.words import name

_OWN = Path(__file__).with_name("templates")
_SECTIONS = ("findings", "counts", "lengths", "labels", "leaks", "wordings", "checks", "samples")
_ICON = "M3 13V7M8 13V3M13 13v-4"  # columns of different heights


def render(audit: Mapping[str, Any], page: Path, *, title: str, folder: str = "") -> Path:
    """Write the page of an audit (`caibian.instructions.audit`) to the file `page`; returns its path.

    All text of the data is escaped, and the page's policy lets no script but its own run.

    Args:
        title: what a person calls these examples.
        folder: where they are, shown as it is given.
    """
    template = frame.environment(_OWN).get_template("audit.html.j2")
    return frame.write_page(page, template, _parts(audit, title, folder))


def _parts(audit: Mapping[str, Any], title: str, folder: str) -> dict[str, Any]:
    """Everything the templates show."""
    names = view.Names(audit)
    counts = audit["counts"]
    shown = view.samples(audit["samples"])
    return {
        "audit": audit,
        "title": title,
        "folder": folder,
        "names": names,
        "splits": [split for split in view.SPLITS if counts["splits"].get(split)],
        "verdict": sentences.verdict(audit),
        "findings": sentences.findings(audit),
        "passing": check_view.passing(audit),
        "training_checked": sum(line["train"]["checked"] for line in audit["checks"] if line["train"]),
        "training": next(one for one in audit["duplicates"]["splits"] if one["split"] == "train")
        if counts["splits"]["train"]
        else None,
        "tables": {
            kind: view.bars(counts[f"{kind}s"], kind, names) for kind in ("card", "dataset", "language")
        },
        "lengths": view.lengths(audit["lengths"], names, [line["card"] for line in counts["cards"]]),
        "labels": label_view.label_sets(audit["labels"], names),
        "checks": check_view.check_lines(audit["checks"], names),
        "samples": shown,
        "sample_cards": [
            (card, names.card(card), sum(one["card"] == card for one in shown))
            for card in dict.fromkeys(one["card"] for one in shown)
        ],
        "frame": frame.frame(
            "audit",
            title,
            icon=_ICON,
            sections=[(key, name("audit_nav", key)) for key in _SECTIONS],
            styles=[_OWN / "audit.css"],
        ),
    }
