"""The log of who changed what: rows are added in the transaction of the change and never altered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from caibian.storage.database import Database
from caibian.storage.schema import Audit

COMMAND_LINE = "(command line)"
"""The actor of what is done on the machine itself rather than by an account."""


def record(session: Session, at: datetime, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Add a row. `detail` must hold no passwords and no tokens."""
    session.add(Audit(at=at, actor=actor, action=action, subject=subject, detail=detail))


def history(database: Database, subject: str) -> list[Audit]:
    """All that happened to one account, panel or assignment, in order."""
    with database.reading() as session:
        return list(session.scalars(select(Audit).where(Audit.subject == subject).order_by(Audit.id)))


def page(
    database: Database, *, before: int | None = None, limit: int = 100, subject: str | None = None
) -> list[Audit]:
    """Rows of all subjects or of one, newest first, older than one that was seen already."""
    asked = select(Audit).order_by(Audit.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(Audit.id < before)
    if subject is not None:
        asked = asked.where(Audit.subject == subject)
    with database.reading() as session:
        return list(session.scalars(asked))
