"""`caibian newsroom feedback`: what people thought of answers, as training material."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caibian.cli.newsroom.options import DEFAULT_CONFIG, Config, Db, opened

app = typer.Typer(no_args_is_help=True, help="Feedback on answers: export as Examples and preference pairs.")


@app.command("export")
def export(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files are written.")],
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
    cards: Annotated[
        list[Path] | None,
        typer.Option(help="Files or folders of cards beside the packaged ones and the settings'."),
    ] = None,
) -> None:
    """Write what was given with consent: examples.parquet, preferences.parquet, preferences.jsonl, report.json.

    Personal data is hidden for good. Names of people are not: read before you hand the files on.
    """
    from caibian.errors import ConfigError
    from caibian.service.newsroom.lessons import export_feedback
    from caibian.service.settings import read_settings
    from caibian.tasks import load_cards

    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out}: a file; name a folder")
    own = read_settings(config).cards if config.exists() else []
    known = load_cards(*own, *(cards or []))
    with opened(config, db) as database:
        report = export_feedback(database, out, known)
    typer.echo(
        f"{out}: {report.metrics['examples']:,} examples and {report.metrics['pairs']:,} preference pairs "
        f"out of {report.rows_in:,} answers with consent"
    )
    for reason, count in report.dropped.items():
        typer.echo(f"  left out: {reason} {count:,}")
    for kind, count in report.metrics["personal_data_hidden"].items():
        typer.echo(f"  hidden: {kind} {count:,}")
