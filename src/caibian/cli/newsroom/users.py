"""`caibian newsroom user`: accounts of the house."""

from __future__ import annotations

from typing import Annotated

import typer

from caibian.cli.newsroom.options import DEFAULT_CONFIG, AccountName, Config, Db, checked_role, opened

app = typer.Typer(no_args_is_help=True, help="Accounts: add, list, role, disable, password.")


@app.command("add")
def add(
    name: AccountName,
    role: Annotated[
        str, typer.Option(help="reporter, editor, chief_editor, operator, admin, expert or organiser.")
    ] = "reporter",
    display: Annotated[str, typer.Option(help="The name that others see; by default the account's.")] = "",
    language: Annotated[str, typer.Option(help="Of the pages: zh or en.")] = "zh",
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Make an account; its password is shown this once."""
    from caibian.storage.accounts import create_account

    role = checked_role(role)
    with opened(config, db) as database:
        account, password = create_account(database, name, role=role, display=display, language=language)
    typer.echo(f"  {account.name}  {password}  ({role})")


@app.command("list")
def listing(config: Config = DEFAULT_CONFIG, db: Db = None) -> None:
    """Show all accounts."""
    from caibian.storage.access.people import people

    with opened(config, db) as database:
        for one in people(database):
            shown = "" if one.display == one.name else f"  {one.display}"
            typer.echo(f"{one.name}  {one.role}{shown}{'  (disabled)' if one.disabled else ''}")


@app.command("role")
def role(
    name: AccountName,
    role: Annotated[str, typer.Argument(help="The new role.")],
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Give an account another role, from its next request on."""
    from caibian.storage.access.people import change_account

    role = checked_role(role)
    with opened(config, db) as database:
        changed = change_account(database, name, role=role)
    typer.echo(f"{changed.name}: {changed.role}")


@app.command("disable")
def disable(
    name: AccountName,
    undo: Annotated[bool, typer.Option("--undo", help="Let the account in again.")] = False,
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Shut an account and its keys out at once. What it has written stays."""
    from caibian.storage.access.people import change_account

    with opened(config, db) as database:
        changed = change_account(database, name, disabled=not undo)
    typer.echo(f"{changed.name}: {'disabled' if changed.disabled else 'enabled'}")


@app.command("password")
def password(
    name: AccountName,
    typed: Annotated[
        bool, typer.Option("--typed", help="Ask for the password instead of making one.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    db: Db = None,
) -> None:
    """Give an account a new password, shown this once, and end its sessions."""
    from caibian.storage.accounts import set_password

    with opened(config, db) as database:
        given = typer.prompt("New password", hide_input=True, confirmation_prompt=True) if typed else None
        made = set_password(database, name, given)
    typer.echo(f"{name}: the password is changed" if typed else f"  {name}  {made}")
