"""What the verbs of `caibian panel` share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from caibian.storage import Database

DEFAULT_DB = "panel.db"
Db = Annotated[
    str,
    typer.Option(
        "--db",
        metavar="FILE or URL",
        envvar="CAIBIAN_DB",
        help="An SQLite file, or postgresql://USER:PASSWORD@HOST/NAME.",
    ),
]
PanelName = Annotated[
    str | None, typer.Option("--panel", help="Name of the panel; not needed where there is one.")
]
Language = Annotated[str, typer.Option(help="Of the pages for new accounts: zh or en.")]


def opened(db: str, *, new: bool = False) -> AbstractContextManager[Database]:
    """The database; a file must be there already unless it may be `new`."""
    from caibian.errors import ConfigError
    from caibian.storage import open_database

    if not new and "://" not in db and not Path(db).expanduser().exists():
        raise ConfigError(
            f"--db {db}: no such file; make a panel with caibian panel create, or name its file"
        )
    return closing(open_database(db))


def names_of(given: Sequence[str]) -> list[str]:
    """Names given as a,b,c or one by one."""
    from caibian.storage.accounts import checked_name

    return list(dict.fromkeys(checked_name(name) for one in given for name in one.split(",") if name.strip()))


def make_accounts(database: Database, wanted: Sequence[tuple[str, str]], language: str) -> None:
    """Create those of (name, role) that do not exist, and print each password at once: nobody can read it later."""
    from caibian.storage.accounts import create_account, find_account

    first = True
    for name, role in wanted:
        if find_account(database, name) is None:
            if first:
                typer.echo("New accounts; these passwords are shown this once:")
            account, password = create_account(database, name, role=role, language=language)
            typer.echo(f"  {account.name}  {password}" + ("" if role == "expert" else f"  ({role})"))
            first = False
