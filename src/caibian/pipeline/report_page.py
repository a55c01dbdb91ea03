"""`report.html`: the page a person opens after a run. One file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from caibian import __version__
from caibian.files import write_bytes
from caibian.pipeline.report import (
    answers,
    comparison,
    curves,
    exported,
    flow,
    intervals,
    numbers,
    provenance,
)
from caibian.pipeline.report.gather import Run, gather
from caibian.pipeline.report.words import LANGUAGES, name, pair, plain, say

_TEMPLATES = Path(__file__).with_name("report") / "templates"


def render(run_dir: Path) -> Path:
    """Write `report.html` into a run directory from what its stages left there; returns its path.

    A stage that has not run, and a file that is damaged, become a note on the page, never an error. All text
    of data and answers is escaped, and the page's policy lets no script but its own run.

    Raises:
        InputError: `run_dir` is not a directory.
    """
    page = run_dir / "report.html"
    html = _environment().get_template("page.html.j2").render(_parts(gather(run_dir)))
    # A lone surrogate out of a model's answer has no UTF-8 form; it must not cost the whole page.
    write_bytes(page, html.encode("utf-8", errors="replace"))
    return page


def _parts(run: Run) -> dict[str, Any]:
    """Everything the templates show."""
    evaluation, training, export = (run.stages[key] for key in ("evaluation", "training", "export"))
    table = evaluation.json("table.json") if evaluation.report else None
    compared = _careful(run, "table.json", lambda: comparison.compare(table))
    cards = compared.cards if compared else []
    shown = _careful(run, "samples.json", lambda: answers.samples(evaluation, cards)) or []
    history = training.json("history.json", list) if training.report else None
    verification = export.json("verification.json")  # also of an export that stopped because of it
    reports = [stage.report for stage in run.finished if stage.report]
    script = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    return {
        "run": run,
        "description": pair(run.recipe.get("description") or run.facts.get("description")),
        "model": run.facts.get("model") or run.recipe.get("model"),
        "seed": run.facts.get("seed", run.recipe.get("seed")),
        "notes": [
            (stage.name, note) for stage in run.finished if stage.report for note in stage.report.notes
        ],
        "total_seconds": sum(report.seconds for report in reports),
        "peak_memory": max((report.peak_memory_mb for report in reports), default=0.0),
        "comparison": compared,
        "forest": intervals.forest(compared) if compared else None,
        "samples": shown,
        "sample_cards": answers.cards_of(shown),
        "flows": flow.flows(run),
        "article_splits": provenance.article_splits(run),
        "example_splits": provenance.example_splits(run),
        "curves": _careful(run, "history.json", lambda: curves.curves(history or [])),
        "costs": provenance.costs(run),
        "verification": verification,
        "export_checks": verification
        and _careful(
            run, "verification.json", lambda: exported.checks(verification, export.metric("megabytes"))
        ),
        "weights": provenance.weights(run, table),
        "licences": provenance.licences(run),
        "versions": provenance.versions(run),
        "settings": provenance.settings(run),
        "written": datetime.now(UTC).isoformat(sep=" ", timespec="minutes").removesuffix("+00:00") + " UTC",
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "style": Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),
    }


def _careful(run: Run, file: str, make: Any) -> Any:
    """What `make` returns; a file of another shape than agreed becomes a problem named on the page."""
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        run.problems.append(f"{file}: {type(error).__name__}: {error}")
        return None


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2, default=str)
    environment.globals |= {
        "t": say,
        "plain": plain,
        "name": name,
        "numbers": numbers,
        "languages": LANGUAGES,
        "version": __version__,
        "ladder": intervals.ladder,
        "check_axis": intervals.check_axis,
    }
    return environment
