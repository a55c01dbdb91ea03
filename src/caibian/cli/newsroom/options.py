"""What the verbs of `caibian newsroom` share."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from caibian.storage import Database

DEFAULT_CONFIG = Path("newsroom.yaml")
Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="The settings of the house.")]
Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="FILE or URL",
        envvar="CAIBIAN_DB",
        help="In place of the settings' database: an SQLite file, or postgresql://USER:PASSWORD@HOST/NAME.",
    ),
]
AccountName = Annotated[str, typer.Argument(metavar="NAME", help="The account.")]


def place_of(config: Path, db: str | None) -> str:
    """Where the house's database is."""
    if db is not None:
        return db
    from caibian.errors import ConfigError
    from caibian.service.settings import read_settings

    if not config.exists():
        raise ConfigError(f"--config {config}: no such file; caibian newsroom init makes one, or name a --db")
    return read_settings(config).database


def opened(config: Path, db: str | None) -> AbstractContextManager[Database]:
    """The house's database; a file must be there already."""
    from caibian.errors import ConfigError
    from caibian.storage import open_database

    place = place_of(config, db)
    if "://" not in place and not Path(place).expanduser().exists():
        raise ConfigError(f"{place}: no such database; caibian newsroom init makes one")
    return closing(open_database(place))


def checked_role(role: str) -> str:
    """A role that there is."""
    from caibian.api.wire import ROLES
    from caibian.errors import ConfigError

    if role not in ROLES:
        raise ConfigError(f"--role {role}: one of {', '.join(ROLES)}")
    return role
