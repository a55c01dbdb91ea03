"""`caibian panel export, import`: rankings of experts, between a panel, a comparison and other tools."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from caibian.cli.evaluate.panel_export import Tool
from caibian.cli.evaluate.panel_import import panel_import
from caibian.cli.panel.options import DEFAULT_DB, Db, PanelName, opened


class Format(StrEnum):
    """Where a panel's rankings or items go."""

    rankings = "rankings"
    csv = "csv"
    label_studio = "label-studio"
    argilla = "argilla"


def export(
    comparison: Annotated[
        Path, typer.Argument(help="The folder of the comparison that the panel was made from.")
    ],
    db: Db = DEFAULT_DB,
    panel: PanelName = None,
    format: Annotated[
        Format,
        typer.Option(
            help="rankings: into the comparison; csv: the items with what was ranked; label-studio, argilla: the items, "
            "to be ranked there."
        ),
    ] = Format.rankings,
    out: Annotated[Path | None, typer.Option(help="The folder for csv, label-studio or argilla.")] = None,
) -> None:
    """Write what experts ranked into the comparison, where agreement and reports find it, or for another tool."""
    from caibian.errors import ConfigError
    from caibian.evaluation import panels
    from caibian.evaluation.comparison import read_comparison
    from caibian.service.panel.exchange import export_rankings, key_of_panel, panel_of
    from caibian.storage.standing import rankings

    if (format is Format.rankings) != (out is None):
        raise ConfigError(
            "--out: rankings go into the comparison, without --out"
            if out is not None
            else f"--format {format}: needs --out FOLDER"
        )
    found = read_comparison(comparison)
    with opened(db) as database:
        one = panel_of(database, found, panel)
        if out is None:
            given, replaced = export_rankings(database, one, comparison)
            skipped = sum(ranking.abstained is not None for ranking in given)
            typer.echo(
                f"{len(given) - skipped:,} rankings and {skipped:,} skipped items of "
                f"{len({ranking.judge for ranking in given}):,} experts of panel {one.name}"
                + (f", {replaced:,} in place of earlier ones" if replaced else "")
            )
            typer.echo(f"next: caibian evaluate agreement {comparison}")
            return
        place = comparison / "panel-key.json"
        key = key_of_panel(database, one, panels.kept_key(place, found))
        if format is Format.csv:
            written = panels.export_csv(found, key, out, rankings=rankings(database, one.id))
        elif format is Format.label_studio:
            written = panels.export_label_studio(found, key, out)
        else:
            written = panels.export_argilla(found, key, out)
    typer.echo(f"{len(key.items):,} items of panel {one.name}:")
    for path in written:
        typer.echo(f"  {path}")
    typer.echo(f"key, not for the experts: {place}")


def import_(
    comparison: Annotated[Path, typer.Argument(help="The folder of the comparison that was exported.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="What came back: CSV, or JSON of the tool.")
    ],
    format: Annotated[Tool, typer.Option(help="Where experts ranked.")],
    rater: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME or ID=NAME", help="Who may have ranked; may be repeated. Default: anybody."
        ),
    ] = None,
) -> None:
    """Read rankings that experts gave elsewhere into the comparison, beside those of the panel."""
    panel_import(comparison, files, format, None, rater)
