"""`report.html`: the page a person opens after a run. One file, two languages, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caibian.pipeline.report import (
    answers,
    comparison,
    curves,
    exported,
    flow,
    frame,
    intervals,
    provenance,
)
from caibian.pipeline.report.gather import Run, gather
from caibian.pipeline.report.words import name, pair

_SECTIONS = ("results", "answers", "data", "training", "cost", "export", "rerun")
_ICON = "M3 11.5l4-4 2.5 2L13 4.5"  # a rising line


def render(run_dir: Path) -> Path:
    """Write `report.html` into a run directory from what its stages left there; returns its path.

    A stage that has not run, and a file that is damaged, become a note on the page, never an error. All text
    of data and answers is escaped, and the page's policy lets no script but its own run.

    Raises:
        InputError: `run_dir` is not a directory.
    """
    environment = frame.environment()
    environment.globals |= {"ladder": intervals.ladder, "check_axis": intervals.check_axis}
    return frame.write_page(
        run_dir / "report.html", environment.get_template("page.html.j2"), _parts(gather(run_dir))
    )


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
        "frame": frame.frame(
            "page", run.name, icon=_ICON, sections=[(key, name("nav", key)) for key in _SECTIONS]
        ),
    }


def _careful(run: Run, file: str, make: Any) -> Any:
    """What `make` returns; a file of another shape than agreed becomes a problem named on the page."""
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        run.problems.append(f"{file}: {type(error).__name__}: {error}")
        return None
