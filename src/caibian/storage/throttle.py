"""Counting logins, in the database, so that all workers and restarts share the counts."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from caibian.storage.database import Database
from caibian.storage.refusals import TooMany
from caibian.storage.schema import Attempts

WINDOW = timedelta(minutes=15)
PER_NAME = 10  # failed logins within the window: a guesser gets 960 tries a day at one account
PER_ADDRESS = 100  # more, for a whole newsroom may stand behind one address


def count(database: Database, name: str, address: str) -> None:
    """Count a login that is about to be tried, before its password is looked at.

    Raises:
        TooMany: the limit of the name or of the address is reached; `retry_after` says until when.
    """
    now = database.clock()
    wait = timedelta(0)
    with database.writing() as session:
        session.execute(delete(Attempts).where(Attempts.since < now - WINDOW))
        for key, limit in ((_key("name", name), PER_NAME), (_key("address", address), PER_ADDRESS)):
            row = session.execute(
                _insert(database)
                .values(key=key, tries=1, since=now)
                .on_conflict_do_update(index_elements=["key"], set_={"tries": Attempts.tries + 1})
                .returning(Attempts.tries, Attempts.since)
            ).one()
            if row.tries > limit:
                wait = max(wait, row.since + WINDOW - now)
    if wait:
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise TooMany(f"too many failed logins; try again in {math.ceil(seconds / 60)} min", seconds)


def forgive(session: Session, name: str, address: str) -> None:
    """A login succeeded: its name starts afresh, and its address has this one less."""
    session.execute(delete(Attempts).where(Attempts.key == _key("name", name)))
    session.execute(
        update(Attempts)
        .where(Attempts.key == _key("address", address))
        .values(tries=case((Attempts.tries > 0, Attempts.tries - 1), else_=0))
    )


def _insert(database: Database) -> postgresql.Insert | sqlite.Insert:
    # Both know ON CONFLICT, each by its own class.
    if database.engine.dialect.name == "postgresql":
        return postgresql.insert(Attempts)
    return sqlite.insert(Attempts)


def _key(kind: str, value: str) -> str:
    # Hashed: people type their password into the field of the name.
    return hashlib.sha256(f"{kind}\0{value}".encode("utf-8", "surrogatepass")).hexdigest()
