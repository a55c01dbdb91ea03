"""`caibian panel create`: a panel out of a comparison, with accounts for its experts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caibian.cli.panel.options import DEFAULT_DB, Db, Language, make_accounts, names_of, opened


def create(
    comparison: Annotated[Path, typer.Argument(help="The folder of a comparison with at least two systems.")],
    experts: Annotated[
        list[str], typer.Option(help="Names of the experts: a,b,c. Accounts that do not exist are created.")
    ],
    db: Db = DEFAULT_DB,
    name: Annotated[str | None, typer.Option(help="Of the panel; by default the comparison's.")] = None,
    share: Annotated[
        float, typer.Option(help="Share of the items that experts see, drawn by the seed.")
    ] = 0.5,
    per_item: Annotated[int, typer.Option(help="Experts an item; two or more, to measure agreement.")] = 2,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of items, assignments and seats.")] = 0,
    organiser: Annotated[
        str, typer.Option(help="Account that sees progress, rankings and agreement, and ranks nothing.")
    ] = "organiser",
    language: Language = "zh",
    cards: Annotated[
        list[Path] | None, typer.Option(help="A YAML file or folder of cards beside the packaged ones.")
    ] = None,
) -> None:
    """Make a panel: draw items, give each to several experts, and print the passwords of new accounts once."""
    from caibian.errors import ConfigError
    from caibian.evaluation.comparison import read_comparison
    from caibian.service.panel.items import panel_items, source
    from caibian.storage.accounts import LANGUAGES, find_account
    from caibian.storage.overviews import overviews
    from caibian.storage.panels import Terms, create_panel
    from caibian.storage.standing import standing

    # All that can be wrong is found before the first account is made: its password is shown but once.
    terms = Terms(share, per_item, seed)
    found = read_comparison(comparison)
    items = panel_items(found, *(cards or ()))
    usable = sum(len(item.answers) > 1 for item in items)
    if not usable:
        raise ConfigError(f"{comparison}: no example has answers of two systems; nothing to rank")
    if language not in LANGUAGES:
        raise ConfigError(f"--language {language}: one of {', '.join(LANGUAGES)}")
    panel_name, names = name or found.name, names_of(experts)
    if not names:
        raise ConfigError("--experts: name at least one")
    if organiser in names:
        raise ConfigError(f"--organiser {organiser}: an organiser knows the systems and cannot be an expert")
    with opened(db, new=True) as database:
        if any(panel.name == panel_name for panel in overviews(database)):
            raise ConfigError(f"--name {panel_name}: there is a panel of this name; choose another")
        wanted = [*((one, "expert") for one in names), (organiser, "organiser")]
        for one, role in wanted:
            account = find_account(database, one)
            if account is not None and (account.role != role or account.disabled):
                state = "is disabled" if account.disabled else f"is an {account.role}, not an {role}"
                raise ConfigError(f"account {one}: {state}")
        make_accounts(database, wanted, language)
        panel = create_panel(database, panel_name, source(comparison, found), items, names, terms)
        now = standing(database, panel.id)
    counts = [expert.assigned for expert in now.experts]
    load = f"{min(counts):,}" if min(counts) == max(counts) else f"{min(counts):,} to {max(counts):,}"
    typer.echo(
        f"Panel {panel_name}: {len(now.items):,} of {usable:,} items, {len(now.systems)} systems, "
        f"{len(names)} experts with {load} items each"
    )
    if usable < len(items):
        typer.echo(f"  left out: {len(items) - usable:,} items with fewer than two answers")
    if len(names) < per_item:
        typer.echo(f"  items lack experts (--per-item {per_item}): caibian panel add-expert brings more")
    typer.echo(f"next: caibian panel serve{_db(db)}")


def _db(db: str) -> str:
    """The option, unless it is the default or a URL, which may hold a password."""
    return "" if db == DEFAULT_DB or "://" in db else f" --db {db}"
