"""Feedback on answers: kept whole with consent, else the thumb alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom import ledger
from caibian.storage.newsroom.tables import FeedbackRow
from caibian.storage.refusals import Invalid

_PAGE = 500  # rows read at once: some megabytes


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the answers that somebody saw."""

    model: str
    text: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of the answers to one run of a task."""

    task: str
    language: str
    variant: int
    input: dict[str, str]
    answers: Sequence[Shown]
    consent: bool
    chosen: int | None = None  # place in `answers`
    thumb: str | None = None  # up | down
    edited: str | None = None  # the chosen answer as it was used
    comment: str = ""

    def better(self) -> str | None:
        """The text that somebody found good enough to use or to praise."""
        if self.edited and self.edited.strip():
            return self.edited
        if self.thumb == "down":
            return None
        if self.chosen is not None and (self.thumb == "up" or len(self.answers) > 1):
            return self.answers[self.chosen].text
        return self.answers[0].text if self.thumb == "up" and len(self.answers) == 1 else None

    def pairs(self) -> list[tuple[str, str]]:
        """(better, worse): edited over written, chosen over left; each once."""
        found: list[tuple[str, str]] = []
        written = self.answers[self.chosen].text if self.chosen is not None else None
        if written is None and len(self.answers) == 1:
            written = self.answers[0].text
        if self.edited and self.edited.strip() and written is not None:
            found.append((self.edited, written))
        if self.chosen is not None and self.thumb != "down":
            found += [(self.answers[self.chosen].text, other.text) for other in self.answers]
        return [
            (better, worse)
            for better, worse in dict.fromkeys(found)
            if better.strip() != worse.strip() and better.strip()
        ]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of it."""

    id: str
    examples: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Summary:
    """How much feedback there is."""

    total: int
    up: int
    down: int
    with_consent: int
    examples: int
    pairs: int
    by_task: dict[str, int]
    since: datetime | None


def keep(database: Database, account: Account, given: Feedback, key: str) -> Kept:
    """Keep feedback; the same request again changes nothing.

    Raises:
        Invalid: `task` can be none, `chosen` names no answer, or the key was used for something else.
    """
    if given.chosen is not None and given.chosen >= len(given.answers):
        raise Invalid(
            f"chosen: there are {len(given.answers)} answers; the last one is {len(given.answers) - 1}"
        )
    if not given.task.isprintable():
        raise Invalid("task: there is none of this name")
    # A hash of a short text can be undone by trying; without consent none is kept.
    known = asdict(given) if given.consent else [given.task, given.thumb, given.chosen]
    content = ledger.digest("feedback", known)
    try:
        with database.writing() as session:
            if (first := _repeated(session, account, key, content)) is not None:
                return first
            row = _row(account, given, ledger.digest(key), content, database.clock())
            session.add(row)
            session.flush()
            return Kept(row.id, row.examples, row.pairs)
    except IntegrityError:  # the same request came in twice at once, and the other one was first
        with database.reading() as session:
            if (first := _repeated(session, account, key, content)) is None:
                raise
            return first


def summary(database: Database) -> Summary:
    """How much there is, of what kind."""
    with database.reading() as session:
        row = session.execute(
            select(
                func.count(),
                func.sum(case((FeedbackRow.thumb == "up", 1), else_=0)),
                func.sum(case((FeedbackRow.thumb == "down", 1), else_=0)),
                func.sum(case((FeedbackRow.consent, 1), else_=0)),
                func.sum(FeedbackRow.examples),
                func.sum(FeedbackRow.pairs),
                func.min(FeedbackRow.at),
            )
        ).one()
        by_task = session.execute(
            select(FeedbackRow.task, func.count().label("many"))
            .group_by(FeedbackRow.task)
            .order_by(FeedbackRow.task)
        ).all()
    total, up, down, consent, examples, pairs = (int(value or 0) for value in row[:-1])
    return Summary(
        total=total,
        up=up,
        down=down,
        with_consent=consent,
        examples=examples,
        pairs=pairs,
        by_task={task.task: task.many for task in by_task},
        since=row[-1],
    )


def with_consent(database: Database) -> Iterator[tuple[str, Feedback]]:
    """All feedback whose texts may be used, oldest first, with its id; a page in memory at a time."""
    after: tuple[Any, ...] | None = None
    while True:
        query = select(FeedbackRow).where(FeedbackRow.consent).order_by(FeedbackRow.at, FeedbackRow.id)
        if after is not None:
            at, last = after
            query = query.where((FeedbackRow.at > at) | ((FeedbackRow.at == at) & (FeedbackRow.id > last)))
        with database.reading() as session:
            rows = session.scalars(query.limit(_PAGE)).all()
        for row in rows:
            yield row.id, _given(row)
        if len(rows) < _PAGE:
            return
        after = (rows[-1].at, rows[-1].id)


def _repeated(session: Session, account: Account, key: str, content: str) -> Kept | None:
    row = session.scalars(
        select(FeedbackRow).where(
            FeedbackRow.user_id == account.id, FeedbackRow.key_sha256 == ledger.digest(key)
        )
    ).one_or_none()
    if row is None:
        return None
    if row.content_sha256 != content:
        raise Invalid("key: was used for another request; make a new one for each")
    return Kept(row.id, row.examples, row.pairs)


def _row(account: Account, given: Feedback, key: str, content: str, at: datetime) -> FeedbackRow:
    texts = {
        "input": given.input,
        "answers": [asdict(answer) for answer in given.answers],
        "edited": given.edited,
        "comment": given.comment,
    }
    return FeedbackRow(
        id=uuid.uuid4().hex,
        at=at,
        user_id=account.id,
        task=given.task,
        language=given.language,
        variant=given.variant,
        thumb=given.thumb,
        chosen=given.chosen,
        consent=given.consent,
        texts=texts if given.consent else None,
        examples=int(given.consent and given.better() is not None),
        pairs=len(given.pairs()) if given.consent else 0,
        key_sha256=key,
        content_sha256=content,
    )


def _given(row: FeedbackRow) -> Feedback:
    texts = row.texts or {}
    return Feedback(
        task=row.task,
        language=row.language,
        variant=row.variant,
        input=texts["input"],
        answers=[Shown(**answer) for answer in texts["answers"]],
        consent=row.consent,
        chosen=row.chosen,
        thumb=row.thumb,
        edited=texts["edited"],
        comment=texts["comment"],
    )
