"""`caibian report`: the page of a run, drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(run: Annotated[Path, typer.Argument(help="A run directory, e.g. runs/demo.")]) -> None:
    """Write the report page of a run again from its files, finished or not."""
    from caibian.pipeline.report_page import render

    typer.echo(render(run))
