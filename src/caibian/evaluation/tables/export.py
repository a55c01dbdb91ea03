"""The tables of an evaluation as files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from caibian.errors import EmptyResult
from caibian.evaluation.tables.folder import Evaluated, read_evaluated
from caibian.evaluation.tables.lm_eval import write_lm_eval
from caibian.evaluation.tables.rows import as_csv, ranked_rows
from caibian.evaluation.tables.sheet import as_latex, as_markdown
from caibian.evaluation.tables.sheets import ranked_sheets
from caibian.evaluation.tables.tasks import task_rows, task_sheets
from caibian.evaluation.tables.voices import Standings, standings
from caibian.files import write_text

Format = Literal["csv", "markdown", "latex", "lm-eval"]
_SUFFIX = {"csv": "csv", "markdown": "md", "latex": "tex"}


def export(folder: Path, form: Format, out: Path | None = None, *, seed: int = 0) -> list[Path]:
    """Write the tables of an evaluation's folder; returns the files.

    Args:
        form: csv (one figure a row), markdown or latex (tables to print), or lm-eval (its items as tasks).
        out: the file to write, by default `tables.csv`, `.md` or `.tex` in the folder; for lm-eval a folder, by
            default `lm-eval` in it.
        seed: of the intervals.

    Raises:
        InputError: the folder holds no evaluation.
        EmptyResult: there is nothing in it to export.
    """
    found = read_evaluated(folder)
    if form == "lm-eval":
        target = out or folder / "lm-eval"
        return [target / f"{name}.yaml" for name in write_lm_eval(target, found.examples)]
    ranked = ranked_standings(found, seed=seed)
    rows = (ranked_rows(ranked) if ranked else []) + task_rows(found.table)
    sheets = (ranked_sheets(found, ranked) if ranked else []) + task_sheets(found.table)
    if not rows:
        raise EmptyResult(
            f"{folder}: no figures to export yet; next: caibian evaluate judge, caibian panel serve or "
            "caibian evaluate tasks"
        )
    text = as_csv(rows) if form == "csv" else as_markdown(sheets) if form == "markdown" else as_latex(sheets)
    target = out or folder / f"tables.{_SUFFIX[form]}"
    write_text(target, text)
    return [target]


def ranked_standings(found: Evaluated, *, seed: int = 0) -> Standings | None:
    """Every voice's standings of a folder's comparison; None where it holds none."""
    if found.comparison is None:
        return None
    return standings(
        found.comparison.examples, found.rankings, found.systems, found.unfit, found.same(seed), seed=seed
    )
