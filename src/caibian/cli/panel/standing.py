"""`caibian panel status, close`: how far panels are, and the end of one."""

from __future__ import annotations

from typing import Annotated

import typer

from caibian.cli.panel.options import DEFAULT_DB, Db, PanelName, opened


def status(db: Db = DEFAULT_DB, panel: PanelName = None) -> None:
    """Show how far each panel and each of its experts is."""
    from caibian.errors import ConfigError
    from caibian.storage.overviews import overviews
    from caibian.storage.standing import standing

    with opened(db) as database:
        known = overviews(database)
        shown = [one for one in known if panel in (None, one.name)]
        if not shown:
            names = ", ".join(one.name for one in known) or "none yet; caibian panel create makes one"
            raise ConfigError(
                f"--panel {panel}: there is none of this name; there are: {names}"
                if panel
                else f"panels: {names}"
            )
        for one in shown:
            now = standing(database, one.id)
            done = sum(item.ranked + item.skipped >= item.wanted for item in now.items)
            typer.echo(
                f"{now.name} ({'closed' if now.closed else 'open'}): {done:,} of {len(now.items):,} items done by "
                f"{one.per_item} experts each; comparison {one.comparison}, systems {', '.join(now.systems)}"
            )
            for expert in now.experts:
                pace = f", {expert.median_seconds:,.0f} s an item" if expert.median_seconds else ""
                left = expert.assigned - expert.ranked - expert.skipped
                typer.echo(
                    f"  {expert.name}: {expert.ranked:,} ranked, {expert.skipped:,} skipped, {left:,} left"
                    f" of {expert.assigned:,}{pace}"
                )


def close(
    db: Db = DEFAULT_DB,
    panel: PanelName = None,
    undo: Annotated[bool, typer.Option("--undo", help="Open it again.")] = False,
) -> None:
    """Close a panel: everything can still be read, nothing changed."""
    from caibian.storage.overviews import find_panel
    from caibian.storage.panels import set_closed

    with opened(db) as database:
        found = find_panel(database, panel)
        set_closed(database, found.id, not undo)
    typer.echo(f"Panel {found.name}: {'open again' if undo else 'closed'}")
