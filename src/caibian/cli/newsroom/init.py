"""`caibian newsroom init`: settings, a database, and the first admin."""

from __future__ import annotations

from importlib import resources
from typing import Annotated

import typer

from caibian.cli.newsroom.options import DEFAULT_CONFIG, Config


def init(
    config: Config = DEFAULT_CONFIG,
    db: Annotated[
        str, typer.Option("--db", metavar="FILE or URL", help="The database that the settings will name.")
    ] = "newsroom.db",
    model: Annotated[
        str, typer.Option(help="The first model: a run, a registered name, a GGUF file or a hub id.")
    ] = "default",
    name: Annotated[str, typer.Option(help="What the model is called in the house.")] = "house",
    admin: Annotated[str, typer.Option(help="The account that makes all others.")] = "admin",
) -> None:
    """Write the settings, make the database and an admin, whose password is shown this once. Overwrites nothing."""
    import os

    from caibian.errors import ConfigError
    from caibian.service.settings import read_settings
    from caibian.storage import open_database
    from caibian.storage.access.people import people
    from caibian.storage.accounts import checked_name, create_account, find_account

    admin = checked_name(admin)
    if config.exists():
        raise ConfigError(
            f"{config}: is there already and is not overwritten; name another file with --config"
        )
    try:
        config.parent.mkdir(parents=True, exist_ok=True)
        # The URL of a database may hold its password: the file is its owner's alone.
        handle = os.open(config, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_settings(db, name, model))
    except OSError as error:
        raise ConfigError(f"{config}: cannot be written ({error.strerror or error})") from error
    try:
        opened = open_database(read_settings(config).database)
        try:
            there = [one.name for one in people(opened) if one.role == "admin" and not one.disabled]
            if not there and find_account(opened, admin) is not None:
                raise ConfigError(
                    f"--admin {admin}: this account is there and is no admin; choose another name"
                )
            password = None if there else create_account(opened, admin, role="admin")[1]
        finally:
            opened.close()
    except BaseException:
        config.unlink(missing_ok=True)  # so that the same command can be given again
        raise
    typer.echo(f"Settings  {config}")
    if password is None:
        typer.echo(f"The database has accounts already; its admins are {', '.join(there)}.")
    else:
        typer.echo("The first account; this password is shown this once:")
        typer.echo(f"  {admin}  {password}")
    typer.echo(f"next: caibian serve --config {config}")


def _settings(db: str, name: str, model: str) -> str:
    import json

    text = resources.files("caibian.cli.newsroom").joinpath("newsroom.yaml").read_text(encoding="utf-8")
    # JSON's strings are YAML's: nothing that is typed can turn into something else.
    quoted = {
        key: json.dumps(value, ensure_ascii=False) for key, value in (("database", db), ("model", model))
    }
    return text.format(name=json.dumps(name, ensure_ascii=False), **quoted)
