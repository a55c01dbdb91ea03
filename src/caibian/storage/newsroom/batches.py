"""Batches: one task over many articles, worked off item by item by any number of workers.

A worker claims an item for a while (a lease) and renews the claim as it works. One that is killed falls silent, and
its item is given to another; what it says afterwards, if it lives after all, is not taken.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from caibian.storage import audit
from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom.articles import titles
from caibian.storage.newsroom.rights import EDITORS
from caibian.storage.newsroom.tables import BatchItemRow, BatchRow
from caibian.storage.refusals import Invalid, NotFound, Outdated
from caibian.storage.schema import User

MOST_LISTED = 200  # batches in a list, newest first


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What a batch is to do."""

    task: str
    articles: Sequence[str]  # ids
    language: str
    variant: int
    model: str | None
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """How far a batch is. `state`: waiting (nothing was begun), running, stopped, done."""

    id: str
    task: str
    model: str | None
    language: str
    by: str
    by_name: str
    state: str
    total: int
    done: int
    failed: int
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a batch and its answer."""

    article: str
    title: str
    state: str
    answer: dict[str, Any] | None
    problem: str | None


def create(database: Database, account: Account, new: NewBatch, key: str | None = None) -> Batch:
    """A batch, ready to be worked off; an article that is named twice is taken once.

    Args:
        key: id of the API key that asked for it, whose limits it is held to.

    Raises:
        Invalid: an article is not there.
    """
    ids, now = list(dict.fromkeys(new.articles)), database.clock()
    with database.writing() as session:
        known = titles(session, ids)
        for place, article in enumerate(new.articles):
            if article not in known:
                raise Invalid(f"articles.{place}: there is no article {article[:40]!r}")
        batch = BatchRow(
            id=uuid.uuid4().hex,
            user_id=account.id,
            key_id=key,
            task=new.task,
            model=new.model,
            language=new.language,
            variant=new.variant,
            extra=dict(new.extra),
            state="running",
            total=len(ids),
            created_at=now,
            finished_at=None,
        )
        session.add(batch)
        session.flush()
        session.add_all(
            BatchItemRow(
                batch_id=batch.id,
                position=position,
                article=article,
                title=known[article],
                state="waiting",
                tries=0,
                seconds=0.0,
            )
            for position, article in enumerate(ids, 1)
        )
        audit.record(session, now, account.name, "start batch", batch.id, task=new.task, articles=len(ids))
        session.flush()
        return _views(session, [batch])[0]


def listing(database: Database, account: Account) -> list[Batch]:
    """Batches, newest first: all of them for editors, their own for everybody else."""
    query = select(BatchRow).order_by(BatchRow.created_at.desc(), BatchRow.id).limit(MOST_LISTED)
    if account.role not in EDITORS:
        query = query.where(BatchRow.user_id == account.id)
    with database.reading() as session:
        return _views(session, session.scalars(query).all())


def read(database: Database, account: Account, batch_id: str) -> Batch:
    """One batch.

    Raises:
        NotFound: there is none, or it is another's and the account no editor's.
    """
    with database.reading() as session:
        return _views(session, [_visible(session, account, batch_id)])[0]


def items(database: Database, account: Account, batch_id: str) -> list[Item]:
    """The articles of a batch with what became of them.

    Raises:
        NotFound: as `read`.
    """
    with database.reading() as session:
        _visible(session, account, batch_id)
        rows = session.scalars(
            select(BatchItemRow).where(BatchItemRow.batch_id == batch_id).order_by(BatchItemRow.position)
        )
        return [Item(row.article, row.title, row.state, row.answer, row.problem) for row in rows]


def stop(database: Database, account: Account, batch_id: str) -> Batch:
    """Begin no further item of a batch; one that is being worked on is finished. Stopping twice is stopping once.

    Raises:
        NotFound: as `read`.
        Outdated: it is done already.
    """
    with database.writing() as session:
        batch = _visible(session, account, batch_id, lock=True)
        if batch.state == "done":
            raise Outdated("the batch is done already")
        if batch.state != "stopped":
            batch.state = "stopped"
            audit.record(session, database.clock(), account.name, "stop batch", batch.id)
            session.flush()
        return _views(session, [batch])[0]


def resume(database: Database, account: Account, batch_id: str) -> Batch:
    """Go on with a batch, and try again what failed.

    Raises:
        NotFound: as `read`.
    """
    with database.writing() as session:
        batch = _visible(session, account, batch_id, lock=True)
        rows = session.scalars(
            select(BatchItemRow)
            .where(BatchItemRow.batch_id == batch_id, BatchItemRow.state != "done")
            .with_for_update()
        ).all()
        for row in rows:
            if row.state == "failed":
                row.state, row.problem = "waiting", None
            row.tries, row.not_before = 0, None
        if rows and batch.state in ("stopped", "done"):
            batch.state, batch.finished_at = "running", None
            audit.record(session, database.clock(), account.name, "resume batch", batch.id)
        elif not rows and batch.state == "stopped":  # its last item was finished after it was stopped
            batch.state, batch.finished_at = "done", database.clock()
        session.flush()
        return _views(session, [batch])[0]


def _visible(session: Session, account: Account, batch_id: str, *, lock: bool = False) -> BatchRow:
    batch = session.get(BatchRow, batch_id, with_for_update=lock or None)
    if batch is None or not (batch.user_id == account.id or account.role in EDITORS):
        raise NotFound("there is no such batch")
    return batch


def _views(session: Session, batches: Sequence[BatchRow]) -> list[Batch]:
    ids = [batch.id for batch in batches]
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for batch_id, state, count in session.execute(
        select(BatchItemRow.batch_id, BatchItemRow.state, func.count())
        .where(BatchItemRow.batch_id.in_(ids))
        .group_by(BatchItemRow.batch_id, BatchItemRow.state)
    ):
        counts[batch_id][state] = count
    asked = select(User).where(User.id.in_({batch.user_id for batch in batches}))
    people = {user.id: user for user in session.scalars(asked)}
    return [
        Batch(
            id=batch.id,
            task=batch.task,
            model=batch.model,
            language=batch.language,
            by=people[batch.user_id].name,
            by_name=people[batch.user_id].display,
            state="waiting"
            if batch.state == "running" and set(counts[batch.id]) == {"waiting"}
            else batch.state,
            total=batch.total,
            done=counts[batch.id].get("done", 0),
            failed=counts[batch.id].get("failed", 0),
            created_at=batch.created_at,
            finished_at=batch.finished_at,
        )
        for batch in batches
    ]
