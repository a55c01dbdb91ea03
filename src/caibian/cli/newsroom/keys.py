"""`caibian newsroom key`: API keys, for programs that speak for an account."""

from __future__ import annotations

from typing import Annotated

import typer

from caibian.cli.newsroom.options import DEFAULT_CONFIG, AccountName, Config, Db, opened

app = typer.Typer(no_args_is_help=True, help="API keys: add, list, revoke.")


@app.command("add")
def add(
    account: AccountName,
    name: Annotated[str, typer.Option(help="What the key is for.")],
    features: Annotated[
        str | None, typer.Option(help="What it may be used for: chat,tasks,… Default: everything.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="After so many days it expires.")] = None,
    requests_a_minute: Annotated[int | None, typer.Option(min=1)] = None,
    tokens_a_day: Annotated[int | None, typer.Option(min=1)] = None,
    cost_a_day: Annotated[float | None, typer.Option(min=0.0)] = None,
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Make a key; its secret is shown this once."""
    from datetime import timedelta

    from caibian.api.operations import FEATURES
    from caibian.errors import ConfigError
    from caibian.storage.access.budgets import Amounts
    from caibian.storage.access.keys import create_key

    wanted = None if features is None else [one.strip() for one in features.split(",") if one.strip()]
    for one in wanted or ():
        if one not in FEATURES:
            raise ConfigError(f"--features {one}: of {', '.join(FEATURES)}")
    with opened(config, db) as database:
        key, secret = create_key(
            database,
            account,
            name,
            features=wanted,
            expires_at=None if days is None else database.clock() + timedelta(days=days),
            limits=Amounts(requests_a_minute, tokens_a_day, cost_a_day),
        )
    typer.echo(f"Key {key.id} of {key.account}; its secret is shown this once:")
    typer.echo(f"  {secret}")


@app.command("list")
def listing(
    account: Annotated[str | None, typer.Option(help="Those of one account.")] = None,
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Show all keys by their beginnings."""
    from caibian.storage.access.keys import keys

    with opened(config, db) as database:
        for one in keys(database, account):
            may = "everything" if one.features is None else ",".join(one.features)
            until = "" if one.expires_at is None else f"  until {one.expires_at:%Y-%m-%d}"
            used = "never used" if one.last_used is None else f"used {one.last_used:%Y-%m-%d %H:%M} UTC"
            state = "  (revoked)" if one.revoked else ""
            typer.echo(f"{one.id}  {one.prefix}…  {one.account}  {one.name}  {may}{until}  {used}{state}")


@app.command("revoke")
def revoke(
    id: Annotated[str, typer.Argument(help="As `key list` shows it.")],
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Make a key void at once."""
    from caibian.storage.access.keys import revoke_key

    with opened(config, db) as database:
        key = revoke_key(database, id)
    typer.echo(f"{key.prefix}… of {key.account}: revoked")
