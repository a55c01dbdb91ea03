"""`caibian evaluate errors`: what is wrong with answers, counted, clustered, and compared between two systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def errors(
    folder: Annotated[
        Path,
        typer.Argument(
            help="A comparison, a folder of `caibian evaluate tasks`, an evaluation stage, or a run directory that has one."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The folder to write to; by default that of the answers.")
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(help="The Parquet file of the examples, where it is not where it was written."),
    ] = None,
    shots: Annotated[
        Path | None,
        typer.Option(
            help="A Parquet file of the examples that stood in few-shot prompts, to find them recited."
        ),
    ] = None,
    before: Annotated[
        str | None, typer.Option(help="The system that others are compared with; by default the first.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="The one system to compare with it; by default each other one.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the answers drawn to be read.")] = 0,
) -> None:
    """Classify every answer by what is wrong with it: errors.html to read, errors.json with every figure.

    The published outputs are classified too, for comparison: not all that is found in an answer is its fault.
    """
    from caibian.evaluation.errors import analyse, read_answered
    from caibian.evaluation.errors.console import print_analysis
    from caibian.files import write_json
    from caibian.pipeline import errors_page
    from caibian.progress import Progress

    answered = read_answered(folder, examples=examples, shots=shots)
    found = analyse(answered, before=before, after=after, seed=seed, progress=Progress())
    target = out or folder
    write_json(target / "errors.json", found)
    page = errors_page.render(found, target / "errors.html", folder=str(folder))
    print_analysis(found)
    for note in found["notes"]:
        typer.echo(note, err=True)
    typer.echo(page)
