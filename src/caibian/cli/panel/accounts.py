"""`caibian panel add-expert, password, disable`: accounts of a panel."""

from __future__ import annotations

from typing import Annotated

import typer

from caibian.cli.panel.options import DEFAULT_DB, Db, Language, PanelName, make_accounts, names_of, opened


def add_expert(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME…", help="Accounts; created where there are none.")
    ],
    db: Db = DEFAULT_DB,
    panel: PanelName = None,
    instead_of: Annotated[
        str | None, typer.Option(help="An expert who leaves: what they have not ranked goes to the new ones.")
    ] = None,
    language: Language = "zh",
) -> None:
    """Give further experts the items that lack experts."""
    from caibian.errors import ConfigError
    from caibian.storage.accounts import LANGUAGES, find_account
    from caibian.storage.overviews import find_panel
    from caibian.storage.panels import add_experts

    if language not in LANGUAGES:
        raise ConfigError(f"--language {language}: one of {', '.join(LANGUAGES)}")
    with opened(db) as database:
        found, wanted = find_panel(database, panel), names_of(names)
        if found.closed:
            raise ConfigError(f"panel {found.name}: it is closed; caibian panel close --undo opens it again")
        if instead_of is not None and find_account(database, instead_of) is None:
            raise ConfigError(f"--instead-of {instead_of}: there is no account of this name")
        make_accounts(database, [(name, "expert") for name in wanted], language)
        given = add_experts(database, found.id, wanted, instead_of=instead_of)
    for name, count in given.items():
        typer.echo(f"{name}: {count:,} items")
    if not any(given.values()):
        typer.echo(
            f"No item lacks an expert: each has {found.per_item}. To replace somebody: --instead-of NAME"
        )


def password(
    name: Annotated[str, typer.Argument(help="The account.")],
    db: Db = DEFAULT_DB,
    typed: Annotated[
        bool, typer.Option("--typed", help="Ask for the password instead of making one.")
    ] = False,
) -> None:
    """Give an account a new password, shown this once, and end its sessions."""
    from caibian.storage.accounts import set_password

    with opened(db) as database:
        given = typer.prompt("New password", hide_input=True, confirmation_prompt=True) if typed else None
        made = set_password(database, name, given)
    typer.echo(f"{name}: the password is changed" if typed else f"{name}  {made}")


def disable(
    name: Annotated[str, typer.Argument(help="The account.")],
    db: Db = DEFAULT_DB,
    undo: Annotated[bool, typer.Option("--undo", help="Let the account in again.")] = False,
) -> None:
    """Shut an account out at once. What it has ranked stays; its other items count as lacking an expert."""
    from caibian.storage.access.people import change_account

    with opened(db) as database:
        change_account(database, name, disabled=not undo)
    typer.echo(f"{name}: {'enabled' if undo else 'disabled'}")
