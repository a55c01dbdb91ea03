"""`caibian evaluate export`: the tables of an evaluation as files for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """What to write."""

    csv = "csv"
    markdown = "markdown"
    latex = "latex"
    lm_eval = "lm-eval"


def export(
    folder: Annotated[Path, typer.Argument(help="The folder of a comparison or a task evaluation.")],
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="csv: one figure a row; markdown, latex: tables to print; lm-eval: its items as tasks of "
            "lm-evaluation-harness.",
        ),
    ] = Form.csv,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write (for lm-eval the folder); by default tables.* or lm-eval in FOLDER."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals.")] = 0,
) -> None:
    """Export the figures of an evaluation, or its items for another harness."""
    from caibian.evaluation.tables.export import export as write

    for path in write(folder, form.value, out, seed=seed):
        typer.echo(path)
    if form is Form.lm_eval:
        target = out or folder / "lm-eval"
        typer.echo(f"next: lm_eval --tasks caibian --include_path {target} --apply_chat_template --model …")
