"""`caibian runs`: what run directories hold, and freeing the room of old stages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Run directories: list, clean.")

RunsDir = Annotated[Path, typer.Option(help="Where run directories are kept.")]


@app.command("list")
def list_runs(runs_dir: RunsDir = Path("runs")) -> None:
    """Show each run with its stages, and the stage folders of earlier settings."""
    from caibian.pipeline.rundir import RunDirectory, size

    found = sorted(path.parent for path in runs_dir.glob("*/run.json"))
    if not found:
        typer.echo(f"no runs in {runs_dir}")
    for path in found:
        directory = RunDirectory(path)
        typer.echo(f"{path}")
        for entry in directory.state()["stages"]:
            typer.echo(f"  {entry['status']:12} {entry['folder']}")
        for folder in directory.old():
            typer.echo(f"  {'old':12} {folder.name}, {size(folder) / 1e6:,.1f} MB")


@app.command()
def clean(run: Annotated[Path, typer.Argument(help="A run directory, e.g. runs/demo.")]) -> None:
    """Delete the stage folders that the latest run in a directory does not use."""
    from caibian.pipeline.rundir import RunDirectory, remove, size

    directory = RunDirectory(run)
    directory.current()  # a directory without a run is an error, not an empty list
    freed = 0
    with directory.lock():
        for folder in directory.old():
            freed += size(folder)
            remove(folder)
            typer.echo(f"deleted {folder}")
    typer.echo(f"{freed / 1e6:,.1f} MB freed")
