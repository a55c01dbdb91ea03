"""Drafts as they are read: one, the list, their versions, comments and ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom import rights
from caibian.storage.newsroom.tables import CommentRow, DraftRow, LedgerRow, VersionRow
from caibian.storage.refusals import NotFound
from caibian.storage.schema import User

MOST_LISTED = 500  # drafts in a list, newest change first


@dataclass(frozen=True, slots=True)
class Heading:
    """A draft in a list."""

    id: str
    title: str
    language: str
    state: rights.State
    author: str
    author_name: str
    revision: int
    chars: int
    comments: int
    ai: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said about a draft."""

    id: str
    by: str
    by_name: str
    at: datetime
    text: str
    start: int | None
    end: int | None
    quote: str
    revision: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger."""

    number: int
    at: datetime
    by: str
    by_name: str
    role: str
    kind: str
    revision: int
    state: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """A draft's text from one revision on."""

    revision: int
    at: datetime
    by: str
    by_name: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class View:
    """A whole draft, as somebody sees it."""

    heading: Heading
    body: str
    source: str
    published_at: datetime | None
    origin: dict[str, Any] | None
    notes: Sequence[Comment]
    examined: int
    may: Sequence[rights.Act]
    version: int  # the revision that brought the text


def listing(
    database: Database,
    account: Account,
    state: str | None = None,
    mine: bool = False,
    limit: int = MOST_LISTED,
) -> list[Heading]:
    """Drafts, newest change first: all of them for editors, their own for everybody else."""
    query = _headings().order_by(DraftRow.updated_at.desc(), DraftRow.id).limit(min(limit, MOST_LISTED))
    if mine or not rights.sees(False, account.role):
        query = query.where(DraftRow.user_id == account.id)
    if state is not None:
        query = query.where(DraftRow.state == state)
    with database.reading() as session:
        return [_heading(row) for row in session.execute(query)]


def read(database: Database, account: Account, draft_id: str) -> View:
    """One draft.

    Raises:
        NotFound: there is none, or it is not shown to this account.
    """
    with database.reading() as session:
        return view(session, account, visible(session, account, draft_id))


def ledger(database: Database, account: Account, draft_id: str) -> list[Entry]:
    """Who did what to a draft, oldest first.

    Raises:
        NotFound: as `read`.
    """
    with database.reading() as session:
        visible(session, account, draft_id)
        query = select(LedgerRow).where(LedgerRow.draft_id == draft_id).order_by(LedgerRow.number)
        rows = session.scalars(query).all()
        names = _names(session, rows)
        return [entry(row, names[row.by]) for row in rows]


def versions(database: Database, account: Account, draft_id: str) -> list[Version]:
    """The texts that a draft had, oldest first.

    Raises:
        NotFound: as `read`.
    """
    with database.reading() as session:
        visible(session, account, draft_id)
        query = select(VersionRow).where(VersionRow.draft_id == draft_id).order_by(VersionRow.revision)
        rows = session.scalars(query).all()
        names = _names(session, rows)
        return [Version(row.revision, row.at, row.by, names[row.by], row.title, row.body) for row in rows]


def visible(session: Session, account: Account, draft_id: str, *, lock: bool = False) -> DraftRow:
    """A draft's row, if it is shown to this account.

    Raises:
        NotFound: it is not, or there is none.
    """
    draft = session.get(DraftRow, draft_id, with_for_update=lock or None)
    if draft is None or not rights.sees(draft.user_id == account.id, account.role):
        raise NotFound("there is no such draft")
    return draft


def view(session: Session, account: Account, draft: DraftRow) -> View:
    """A draft as an account sees it, within a transaction."""
    heading = _heading(session.execute(_headings().where(DraftRow.id == draft.id)).one())
    body = session.get_one(VersionRow, (draft.id, draft.version)).body
    query = select(CommentRow).where(CommentRow.draft_id == draft.id).order_by(CommentRow.at, CommentRow.id)
    comments = session.scalars(query).all()
    names = _names(session, comments)
    return View(
        heading=heading,
        body=body,
        source=draft.source,
        published_at=draft.published_at,
        origin=draft.origin,
        notes=[comment(row, names[row.by]) for row in comments],
        examined=draft.examined,
        may=rights.may(heading.state, draft.user_id == account.id, account.role),
        version=draft.version,
    )


def text_at(session: Session, draft_id: str, revision: int) -> VersionRow:
    """The text as it was at a revision."""
    return session.scalars(
        select(VersionRow)
        .where(VersionRow.draft_id == draft_id, VersionRow.revision <= revision)
        .order_by(VersionRow.revision.desc())
        .limit(1)
    ).one()


def comment(row: CommentRow, name: str) -> Comment:
    """A comment out of its row, by somebody of this name."""
    return Comment(row.id, row.by, name, row.at, row.text, row.start, row.end, row.quote, row.revision)


def entry(row: LedgerRow, name: str) -> Entry:
    """A line of the ledger out of its row, by somebody of this name."""
    return Entry(row.number, row.at, row.by, name, row.role, row.kind, row.revision, row.state, row.detail)


def _headings() -> Any:
    return (
        select(DraftRow, VersionRow.title, User.name, User.display)
        .join(VersionRow, (VersionRow.draft_id == DraftRow.id) & (VersionRow.revision == DraftRow.version))
        .join(User, User.id == DraftRow.user_id)
    )


def _heading(row: Any) -> Heading:
    draft, title, author, author_name = row
    return Heading(
        id=draft.id,
        title=title,
        language=draft.language,
        state=draft.state,  # type: ignore[arg-type]  # the table's constraint holds it to these words
        author=author,
        author_name=author_name,
        revision=draft.revision,
        chars=draft.chars,
        comments=draft.comments,
        ai=draft.origin is not None,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
    )


def _names(session: Session, rows: Sequence[CommentRow | LedgerRow | VersionRow]) -> dict[str, str]:
    """Account -> the name that people know; accounts are never deleted, and one that is missing has its own."""
    accounts = {row.by for row in rows}
    if not accounts:
        return {}
    known = session.execute(select(User.name, User.display).where(User.name.in_(accounts)))
    return {account: account for account in accounts} | {row.name: row.display for row in known}
