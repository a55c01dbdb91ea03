"""`caibian newsroom backup, restore, requests prune`: what keeps a database safe and small."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caibian.cli.newsroom.options import DEFAULT_CONFIG, Config, Db, opened, place_of

requests_app = typer.Typer(no_args_is_help=True, help="The log of requests: prune.")
File = Annotated[Path, typer.Argument(help="The backup, as newsroom-2026-05-04.jsonl.gz.")]


def backup(file: File, config: Config = DEFAULT_CONFIG, db: Db = None) -> None:
    """Save everything, while the service runs, into one new file that either kind of database can be restored from."""
    from caibian.storage.backup import write_backup

    with opened(config, db) as database:
        made = write_backup(database, file)
    typer.echo(f"{file}: {sum(made.rows.values()):,} rows of {len(made.rows)} tables")
    typer.echo(f"  SHA-256 of the content {made.sha256}")


def restore(
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose what the database holds now; stop the service first.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Fill an empty database from a backup, all or nothing. Everybody logs in anew afterwards."""
    from caibian.storage.backup import restore_backup

    made = restore_backup(file, place_of(config, db), replace=replace)
    typer.echo(f"{sum(made.rows.values()):,} rows of {made.made_at:%Y-%m-%d %H:%M} UTC are restored")


@requests_app.command("prune")
def prune(
    days: Annotated[int | None, typer.Option(min=1, help="By default as the settings say.")] = None,
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Delete old lines of the request log; the service does the same every hour."""
    from caibian.service.settings import HouseSettings, read_settings
    from caibian.storage.access.requests import prune

    if days is None:
        default: int = HouseSettings.model_fields["keep_requests_days"].default
        days = read_settings(config).keep_requests_days if config.exists() else default
    with opened(config, db) as database:
        gone = prune(database, days)
    typer.echo(f"{gone:,} requests older than {days} days are deleted")
