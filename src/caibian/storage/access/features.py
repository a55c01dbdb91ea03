"""Switches: parts of the service that an operator can turn off at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from caibian.storage import audit
from caibian.storage.access.schema import FeatureSwitch
from caibian.storage.database import Database


@dataclass(frozen=True, slots=True)
class Switch:
    """How a feature stands."""

    name: str
    enabled: bool = True
    reason: str = ""
    changed_by: str | None = None
    changed_at: datetime | None = None


def switches(database: Database) -> dict[str, Switch]:
    """The features that were ever switched, by name; all others are on."""
    with database.reading() as session:
        return {row.name: _switch(row) for row in session.scalars(select(FeatureSwitch))}


def switch(
    database: Database, name: str, enabled: bool, reason: str = "", *, actor: str = audit.COMMAND_LINE
) -> Switch:
    """Turn a feature off or on, for the next request on; those that run are finished."""
    now = database.clock()
    row = FeatureSwitch(name=name, enabled=enabled, reason=reason, changed_by=actor, changed_at=now)
    with database.writing() as session:
        session.merge(row)
        action = "switch on" if enabled else "switch off"
        audit.record(session, now, actor, action, f"feature {name}", reason=reason)
    return _switch(row)


def _switch(row: FeatureSwitch) -> Switch:
    return Switch(row.name, row.enabled, row.reason, row.changed_by, row.changed_at)
