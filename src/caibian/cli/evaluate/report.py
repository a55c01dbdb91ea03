"""`caibian evaluate report`: the page of an evaluation, or of several of the same set in a row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="Folders of comparisons or task evaluations; several of the same set in order of time or training size."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The page to write; by default report.html in the last folder.")
    ] = None,
    samples: Annotated[int, typer.Option(min=0, help="Items whose answers stand side by side.")] = 24,
    seed: Annotated[
        int, typer.Option(min=0, help="Of the items drawn to be read, and of the intervals.")
    ] = 0,
) -> None:
    """Write the page of an evaluation: who wins where, who says so, and what that can bear.

    With several folders it shows the last one, the curves over all of them, and what changed since the one before;
    with one folder, what changed since its last report.
    """
    from caibian.pipeline import comparison_page

    typer.echo(comparison_page.render(folders, out, samples_shown=samples, seed=seed))
