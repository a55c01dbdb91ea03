"""`audit.html` out of the figures of an audit: one file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from caibian import __version__
from caibian.files import write_bytes
from caibian.pipeline import report_page
from caibian.pipeline.audit_page import check_view, label_view, sentences, view
from caibian.pipeline.report import answers, numbers
from caibian.pipeline.report.words import name, pair, plain, say

_OWN = Path(__file__).with_name("templates")
_SHARED = Path(report_page.__file__).with_name("report") / "templates"


def render(audit: Mapping[str, Any], page: Path, *, title: str, folder: str = "") -> Path:
    """Write the page of an audit (`caibian.instructions.audit`) to the file `page`; returns its path.

    All text of the data is escaped, and the page's policy lets no script but its own run.

    Args:
        title: what a person calls these examples.
        folder: where they are, shown as it is given.
    """
    html = _environment().get_template("audit.html.j2").render(_parts(audit, title, folder))
    write_bytes(page, html.encode("utf-8"))
    return page


def _parts(audit: Mapping[str, Any], title: str, folder: str) -> dict[str, Any]:
    """Everything the templates show."""
    names = view.Names(audit)
    counts = audit["counts"]
    script = (_SHARED / "page.js").read_text(encoding="utf-8")
    style = "".join(
        (place / file).read_text(encoding="utf-8")
        for place, file in ((_SHARED, "style.css"), (_OWN, "audit.css"))
    )
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
        "written": datetime.now(UTC).isoformat(sep=" ", timespec="minutes").removesuffix("+00:00") + " UTC",
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "style": Markup(style),
    }


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_OWN, _SHARED]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "t": say,
        "plain": plain,
        "name": name,
        "pair": pair,
        "numbers": numbers,
        "pieces": answers.pieces,
        "version": __version__,
    }
    return environment
