"""What experts ranked in a panel, into the comparison that it was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from caibian.errors import InputError
from caibian.evaluation.comparison import Comparison, digest, read_rankings
from caibian.evaluation.panels import Key, keep_rankings
from caibian.records import Ranking
from caibian.storage.database import Database
from caibian.storage.overviews import Overview, find_panel, overviews
from caibian.storage.standing import rankings, standing


def panel_of(database: Database, comparison: Comparison, name: str | None) -> Overview:
    """The panel of a name, or the newest one made from these examples.

    Raises:
        ConfigError, InputError: there is none, or it was made from other examples.
    """
    found = digest(comparison.examples)
    if name is None:
        made = [panel for panel in overviews(database) if panel.examples_sha256 == found]
        if not made:
            raise InputError(
                f"comparison {comparison.name}: the database has no panel made from its examples"
            )
        return made[-1]
    panel = find_panel(database, name)
    if panel.examples_sha256 != found:
        raise InputError(
            f"panel {panel.name}: made from other examples (comparison {panel.comparison}, SHA-256 "
            f"{panel.examples_sha256[:12]}…) than comparison {comparison.name} ({found[:12]}…)"
        )
    return panel


def export_rankings(database: Database, panel: Overview, folder: Path) -> tuple[list[Ranking], int]:
    """Write a panel's rankings into a comparison's folder, one file an expert; those of other items stay.

    Returns:
        What was written, and how many earlier rankings of the same experts and items it replaced.

    Raises:
        InputError: a judge that is no expert has the name of one, or nothing is ranked yet.
    """
    given = rankings(database, panel.id)
    if not given:
        raise InputError(f"panel {panel.name}: nothing has been ranked or skipped yet")
    experts = {ranking.judge for ranking in given}
    for ranking in read_rankings(folder):
        if ranking.judge in experts and ranking.kind != "expert":
            raise InputError(
                f"{folder / 'rankings'}: {ranking.judge} is a judge of kind {ranking.kind} there and an expert in panel "
                f"{panel.name}; their files would be one: rename that judge"
            )
    return given, keep_rankings(folder, given)


def key_of_panel(database: Database, panel: Overview, key: Key) -> Key:
    """The part of a comparison's key that is about the panel's items."""
    drawn = {item.example_id for item in standing(database, panel.id).items}
    return replace(key, items={name: letters for name, letters in key.items.items() if name in drawn})
