"""`caibian evaluate panel-import`: rankings that experts gave elsewhere, into the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caibian.cli.evaluate.panel_export import Tool

_SHOWN = 20  # refused rows printed one by one


def panel_import(
    comparison: Annotated[Path, typer.Argument(help="The folder of the comparison that was exported.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="What came back: CSV, or JSON of the tool.")
    ],
    from_: Annotated[Tool, typer.Option("--from", help="Where experts ranked.")],
    key: Annotated[
        Path | None, typer.Option(help="The key; by default panel-key.json in the comparison.")
    ] = None,
    rater: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME or ID=NAME",
            help="Who may have ranked, as the file has it, or what to call them; may be repeated. Default: anybody.",
        ),
    ] = None,
) -> None:
    """Read back rankings of experts. A wrong row is refused with its place and reason; all others are kept."""
    from caibian.errors import InputError
    from caibian.evaluation import panels
    from caibian.evaluation.comparison import read_comparison
    from caibian.evaluation.panels.intake import merged

    found = read_comparison(comparison)
    letters = panels.read_key(key or comparison / "panel-key.json", found)
    raters = {one.partition("=")[0]: one.partition("=")[2] or one for one in rater} if rater else None
    read = {
        Tool.csv: panels.import_csv,
        Tool.label_studio: panels.import_label_studio,
        Tool.argilla: panels.import_argilla,
    }[from_]
    back = merged([read(file, letters, raters=raters) for file in files])
    for refusal in back.refused[:_SHOWN]:
        typer.echo(f"  refused: {refusal}", err=True)
    if len(back.refused) > _SHOWN:
        typer.echo(f"  … and {len(back.refused) - _SHOWN:,} more", err=True)
    reasons = ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in back.reasons.items())
    if not back.rankings:
        raise InputError(
            f"{', '.join(map(str, files))}: nothing to keep ({reasons or 'no item has been ranked yet'})"
        )
    replaced = panels.keep_rankings(comparison, back.rankings)
    skipped = sum(ranking.abstained is not None for ranking in back.rankings)
    by = len({ranking.judge for ranking in back.rankings})
    typer.echo(
        f"{len(back.rankings) - skipped:,} rankings and {skipped:,} skipped items by {by:,} experts"
        + (f", {replaced:,} in place of earlier ones" if replaced else "")
        + (f"; {back.unfinished:,} not ranked yet" if back.unfinished else "")
    )
    if reasons:
        typer.echo(f"refused: {reasons}")
    for note in back.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"next: caibian evaluate agreement {comparison}")
