"""`caibian instruct audit`: what a set of examples is made of, what is wrong with it, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def audit(
    run_or_folder: Annotated[
        Path,
        typer.Argument(help="A run directory, e.g. runs/analysis, or a folder that holds train.parquet."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The folder to write to; by default that of the examples.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn: examples to check and to read.")] = 0,
    samples: Annotated[int, typer.Option(min=0, help="Examples of each task to read.")] = 5,
) -> None:
    """Audit instruction data: audit.html to read, audit.json with every figure.

    Ends with exit code 1 where test material stands in training.
    """
    from caibian.errors import InputError
    from caibian.files import write_json
    from caibian.instructions.audit import audit as look
    from caibian.pipeline import audit_page
    from caibian.progress import Progress

    folder = audit_page.examples_folder(run_or_folder)
    target = out or folder
    found = look(folder, seed=seed, samples=samples, progress=Progress())
    write_json(target / "audit.json", found)
    page = audit_page.render(
        found, target / "audit.html", title=audit_page.title_of(folder), folder=str(folder)
    )
    counts = found["counts"]
    splits = ", ".join(f"{split} {n:,}" for split, n in counts["splits"].items())
    typer.echo(f"{counts['examples']:,} examples ({splits})")
    verdict, *sentences = audit_page.summary(found, "en")
    for sentence in (verdict, *sentences):
        typer.echo(f"  {sentence}")
    typer.echo(page)
    if found["leakage"]["leaks"]:
        where = ", ".join(
            f"{one['dataset']} {one['train']:,}" for one in found["leakage"]["datasets"] if one["train"]
        )
        raise InputError(
            f"{folder}: test material in training: {found['leakage']['leaks']:,} training examples ({where}); "
            f"read them in {page}; `caibian instruct build` keeps the splits of its datasets apart"
        )
