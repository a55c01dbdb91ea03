"""`caibian instruct build`: the examples of a recipe, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

_STAGES = ("corpus", "instructions")
_SPLITS = ("train", "validation", "test", "extra")


def build(
    recipe: Annotated[str, typer.Argument(help="A recipe file, or the name of a shipped recipe.")],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change one setting; may be repeated."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Build once more, though it is done.")] = False,
    runs_dir: Annotated[Path, typer.Option(help="Where run directories are kept.")] = Path("runs"),
) -> None:
    """Build the examples of a recipe, without training, and print what came of every card and dataset."""
    import dataclasses

    from caibian import pipeline
    from caibian.errors import ConfigError
    from caibian.pipeline.run import run
    from caibian.records import Report

    loaded = pipeline.load(recipe, overrides or ())
    stages = {name: loaded.stages[name] for name in _STAGES if name in loaded.stages}
    if "instructions" not in stages:
        raise ConfigError(f"{recipe}: has no section instructions")
    directory = run(
        dataclasses.replace(loaded, stages=stages), runs_dir, from_stage="instructions" if again else None
    )
    folder = directory.current()["instructions"]
    report = Report.read(folder)
    _print(report.metrics)
    typer.echo(f"\n{report.rows_out:,} examples of {report.rows_in:,} rows: {folder}")


def _print(metrics: dict[str, Any]) -> None:
    """Each dataset and card: its examples per split, and below them what was dropped for which reason."""
    rows = [
        (one["dataset"], one["language"], one["task"] or one["card"], one["examples"], one["dropped"])
        for one in metrics.get("datasets", ())
    ]
    rows += [
        (card, ",".join(one["languages"]), one["name"]["en"], one["examples"], one["dropped"])
        for card, one in metrics.get("cards", {}).items()
    ]
    names = ("dataset", "language", "task", *_SPLITS)
    cells = [
        (dataset, language, task, *(f"{counts.get(split, 0):,}" for split in _SPLITS))
        for dataset, language, task, counts, _ in rows
    ]
    widths = [max(len(line[k]) for line in [names, *cells]) for k in range(len(names))]
    for line, dropped in zip([names, *cells], [{}, *(row[-1] for row in rows)], strict=True):
        left = "  ".join(text.ljust(width) for text, width in zip(line[:3], widths[:3], strict=True))
        right = "  ".join(text.rjust(width) for text, width in zip(line[3:], widths[3:], strict=True))
        typer.echo(f"{left}  {right}")
        if dropped:
            typer.echo(
                "    dropped: " + ", ".join(f"{reason} {count:,}" for reason, count in dropped.items())
            )
