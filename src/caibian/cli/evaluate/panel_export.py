"""`caibian evaluate panel-export`: a comparison to be ranked blind in a spreadsheet, Label Studio or Argilla."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Tool(StrEnum):
    """Where experts rank."""

    csv = "csv"
    label_studio = "label-studio"
    argilla = "argilla"


def panel_export(
    comparison: Annotated[Path, typer.Argument(help="The folder of a comparison.")],
    to: Annotated[Tool, typer.Option("--to", help="Where experts will rank.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to; nothing in it names a system.")],
    rater: Annotated[
        list[str] | None, typer.Option(help="For csv: a file for this expert; may be repeated.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Where the key is kept; by default panel-key.json in the comparison.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the order in which answers are shown.")] = 0,
    bom: Annotated[
        bool, typer.Option("--bom/--no-bom", help="For csv: begin with the mark by which Excel knows UTF-8.")
    ] = True,
) -> None:
    """Export a comparison to be ranked elsewhere. Answers stand under letters; which system is which, only the key says.

    Give experts what lies in --out, keep the key, and read the rankings back with: caibian evaluate panel-import
    """
    from caibian.evaluation import panels
    from caibian.evaluation.comparison import read_comparison

    found = read_comparison(comparison)
    place = key or comparison / "panel-key.json"
    letters = panels.kept_key(place, found, seed=seed)
    if to is Tool.csv:
        written = panels.export_csv(found, letters, out, raters=rater or (), bom=bom)
    elif to is Tool.label_studio:
        written = panels.export_label_studio(found, letters, out)
    else:
        written = panels.export_argilla(found, letters, out)
    left_out = len(found.examples) - len(letters.items)
    typer.echo(
        f"{len(letters.items):,} items"
        + (f" ({left_out:,} left out: fewer than two answers)" if left_out else "")
        + ":"
    )
    for path in written:
        typer.echo(f"  {path}")
    typer.echo(f"key, not for the experts: {place}")
