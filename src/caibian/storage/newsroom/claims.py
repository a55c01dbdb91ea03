"""What the workers of batches do: claim an item, renew the claim, say what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom.tables import ArticleRow, BatchItemRow, BatchRow
from caibian.storage.schema import User

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before its item is given to another."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An item to work on, with all that is needed."""

    batch: str
    position: int
    lease: str
    tries: int  # this one included
    task: str
    model: str | None
    language: str
    variant: int
    extra: Mapping[str, str]
    account: Account  # who asked for the batch
    key: str | None
    title: str | None
    body: str | None  # None: the article was removed meanwhile
    published_at: datetime | None


def claim(database: Database) -> Claim | None:
    """The next item, for this worker alone; None where there is nothing to do now.

    Batches take turns: the first items of all come before the second ones.
    """
    now = database.clock()
    with database.writing() as session:
        row = session.scalars(
            select(BatchItemRow)
            .join(BatchRow, BatchRow.id == BatchItemRow.batch_id)
            .where(
                BatchRow.state == "running",
                or_(
                    (BatchItemRow.state == "waiting")
                    & or_(BatchItemRow.not_before.is_(None), BatchItemRow.not_before <= now),
                    (BatchItemRow.state == "running") & (BatchItemRow.lease_until < now),
                ),
            )
            .order_by(BatchItemRow.position, BatchRow.created_at, BatchRow.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=BatchItemRow)
        ).first()
        if row is None:
            return None
        row.state, row.lease, row.lease_until = "running", uuid.uuid4().hex, now + LEASE
        row.tries += 1
        session.flush()
        return _claim(session, row)


def renew(database: Database, claimed: Claim) -> bool:
    """Keep a claim for another while; whether it is still held."""
    with database.writing() as session:
        row = _held(session, claimed)
        if row is not None:
            row.lease_until = database.clock() + LEASE
        return row is not None


def finish(
    database: Database, claimed: Claim, *, answer: dict[str, Any] | None = None, problem: str | None = None
) -> bool:
    """Keep what became of an item: its answer, or why there is none. Says whether the claim still held."""
    with database.writing() as session:
        batch = session.get_one(BatchRow, claimed.batch, with_for_update=True)
        row = _held(session, claimed)
        if row is None:
            return False
        row.state = "failed" if answer is None else "done"
        row.answer, row.problem = answer, problem
        row.seconds = float(answer["seconds"]) if answer else 0.0
        row.lease = row.lease_until = None
        session.flush()
        left = session.scalar(
            select(func.count()).where(
                BatchItemRow.batch_id == claimed.batch, BatchItemRow.state.in_(("waiting", "running"))
            )
        )
        if not left:
            batch.state, batch.finished_at = "done", database.clock()
    return True


def put_back(
    database: Database, claimed: Claim, wait: timedelta, *, why: str | None = None, tried: bool = True
) -> bool:
    """Let an item be claimed again after a while. Says whether the claim still held.

    Args:
        why: what people who look at the batch are told meanwhile.
        tried: counts as a try.
    """
    with database.writing() as session:
        row = _held(session, claimed)
        if row is not None:
            row.state, row.lease, row.lease_until = "waiting", None, None
            row.not_before, row.problem = database.clock() + wait, why
            row.tries -= not tried
        return row is not None


def _held(session: Session, claimed: Claim) -> BatchItemRow | None:
    row = session.get(BatchItemRow, (claimed.batch, claimed.position), with_for_update=True)
    return row if row is not None and row.state == "running" and row.lease == claimed.lease else None


def _claim(session: Session, row: BatchItemRow) -> Claim:
    batch = session.get_one(BatchRow, row.batch_id)
    user = session.get_one(User, batch.user_id)
    article = session.execute(
        select(ArticleRow.title, ArticleRow.body, ArticleRow.published_at).where(ArticleRow.id == row.article)
    ).one_or_none()
    return Claim(
        batch=row.batch_id,
        position=row.position,
        lease=str(row.lease),
        tries=row.tries,
        task=batch.task,
        model=batch.model,
        language=batch.language,
        variant=batch.variant,
        extra=batch.extra,
        account=Account(user.id, user.name, user.display, user.role, user.language, user.disabled),
        key=batch.key_id,
        title=article.title if article else None,
        body=article.body if article else None,
        published_at=article.published_at if article else None,
    )
