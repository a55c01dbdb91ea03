"""`caibian newsroom feature`: switches for parts of the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caibian.cli.newsroom.options import DEFAULT_CONFIG, Config, Db, opened

app = typer.Typer(no_args_is_help=True, help="Parts of the service: off, on, list.")
Name = Annotated[str, typer.Argument(help="chat, tasks, batches …; see list.")]


@app.command("off")
def off(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; it is told to everybody who is refused.")] = "",
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Switch a part of the service off, from the next request on."""
    _switch(name, False, reason, config, db)


@app.command("on")
def on(name: Name, config: Config = DEFAULT_CONFIG, db: Db = None) -> None:
    """Switch it on again."""
    _switch(name, True, "", config, db)


@app.command("list")
def listing(config: Config = DEFAULT_CONFIG, db: Db = None) -> None:
    """Show what is on and what is off, and why."""
    from caibian.api.operations import FEATURES
    from caibian.storage.access.features import Switch, switches

    with opened(config, db) as database:
        known = switches(database)
    for name in FEATURES:
        one = known.get(name) or Switch(name)
        why = f"  by {one.changed_by}, {one.changed_at:%Y-%m-%d %H:%M} UTC" if one.changed_at else ""
        typer.echo(f"{name}: {'on' if one.enabled else 'off'}{why}{'  ' + one.reason if one.reason else ''}")


def _switch(name: str, enabled: bool, reason: str, config: Path, db: str | None) -> None:
    from caibian.api.operations import FEATURES
    from caibian.errors import ConfigError
    from caibian.storage.access.features import switch

    if name not in FEATURES:
        raise ConfigError(f"feature {name}: one of {', '.join(FEATURES)}")
    with opened(config, db) as database:
        switch(database, name, enabled, reason[:500])
    typer.echo(f"{name}: {'on' if enabled else 'off'}")
