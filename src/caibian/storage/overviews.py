"""Which panels there are, how far they are, and where an expert goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from caibian.errors import ConfigError
from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.refusals import NotFound
from caibian.storage.schema import Assignment, Panel

Rows = Sequence[tuple[str, str]]  # assignment id, state


@dataclass(frozen=True, slots=True)
class Overview:
    """A panel and how far it is: all its experts together, or one of them."""

    id: str
    name: str
    comparison: str
    examples_sha256: str
    per_item: int
    closed: bool
    created_at: datetime
    states: Mapping[str, int] = field(default_factory=dict)  # of assignments
    next: str | None = None  # where the one expert goes on

    @property
    def assigned(self) -> int:
        """How many assignments there are."""
        return sum(self.states.values())


def overview(database: Database, panel_id: str, account: Account | None = None) -> Overview:
    """One panel, with all its assignments or those of one expert.

    Raises:
        NotFound: there is none, or the expert has nothing in it.
    """
    found = [one for one in overviews(database, account) if one.id == panel_id]
    if not found:
        raise NotFound("there is no such panel")
    return found[0]


def overviews(database: Database, account: Account | None = None) -> list[Overview]:
    """All panels by age, or those in which an expert has assignments."""
    mine = (Assignment.user_id == account.id) if account else (Assignment.id == Assignment.id)
    states: dict[str, dict[str, int]] = defaultdict(dict)
    with database.reading() as session:
        for panel_id, state, count in session.execute(
            select(Assignment.panel_id, Assignment.state, func.count())
            .where(mine)
            .group_by(Assignment.panel_id, Assignment.state)
        ):
            states[panel_id][state] = count
        panels = session.scalars(select(Panel).order_by(Panel.created_at, Panel.id)).all()
        return [
            Overview(
                id=panel.id,
                name=panel.name,
                comparison=panel.comparison,
                examples_sha256=panel.examples_sha256,
                per_item=panel.per_item,
                closed=panel.state == "closed",
                created_at=panel.created_at,
                states=states[panel.id],
                next=next_of(own_rows(session, panel.id, account.id)) if account else None,
            )
            for panel in panels
            if account is None or panel.id in states
        ]


def find_panel(database: Database, name: str | None) -> Overview:
    """The panel of a name; without one the only panel there is.

    Raises:
        ConfigError: there is none, or several to choose from.
    """
    known = overviews(database)
    found = [one for one in known if name is None or one.name == name]
    if len(found) != 1:
        names = ", ".join(one.name for one in known) or "none; make one with caibian panel create"
        raise ConfigError(
            f"--panel {name}: there is none of this name; there are: {names}"
            if name is not None or not known
            else f"--panel: choose one of: {names}"
        )
    return found[0]


def own_rows(session: Session, panel_id: str, user_id: int) -> Rows:
    """An expert's assignments in a panel, in order."""
    return [
        (row.id, row.state)
        for row in session.execute(
            select(Assignment.id, Assignment.state)
            .where(Assignment.panel_id == panel_id, Assignment.user_id == user_id)
            .order_by(Assignment.position)
        )
    ]


def next_of(rows: Rows) -> str | None:
    """The assignment to go on with: the first one started, else the first open one."""
    for wanted in ("started", "open"):
        for found, state in rows:
            if state == wanted:
                return found
    return None
