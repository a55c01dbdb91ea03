"""Articles that people imported: kept once each, found by words, read, removed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from caibian.records import Article
from caibian.storage import audit
from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom.tables import ArticleRow
from caibian.storage.refusals import Invalid, NotFound
from caibian.storage.schema import User
from caibian.text import normalize, tidy

ID_DIGITS = 32  # hexadecimal digits of the SHA-256 of a text: 128 bits
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import did."""

    added: Sequence[str]  # ids
    known: int


@dataclass(frozen=True, slots=True)
class Row:
    """An article in a list."""

    id: str
    title: str
    source: str | None
    author: str | None
    published_at: datetime | None
    language: str | None
    chars: int
    imported_at: datetime
    imported_by: str
    imported_by_name: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some articles, newest import first."""

    rows: Sequence[Row]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Whole:
    """An article with its text."""

    row: Row
    body: str
    summary: str | None
    url: str | None
    section: str | None
    licence: str | None


def article_id(body: str) -> str:
    """The id of a text: the same whatever its spaces, widths of letters and line breaks."""
    same = "".join(normalize(body).split())
    return hashlib.sha256(same.encode("utf-8", "replace")).hexdigest()[:ID_DIGITS]


def store(database: Database, account: Account, articles: Sequence[Article]) -> Stored:
    """Keep articles; those whose text is here already are counted as known.

    Texts must be tidy (`caibian.text.tidy`): PostgreSQL keeps no NUL.
    """
    now, added, known = database.clock(), [], 0
    with database.writing() as session:
        insert = _INSERT[session.get_bind().dialect.name]
        for article in articles:
            values = _values(article) | {"imported_at": now, "imported_by": account.name}
            statement = insert(ArticleRow).values(values).on_conflict_do_nothing(index_elements=["id"])
            if session.execute(statement.returning(ArticleRow.id)).scalar() is None:
                known += 1
            else:
                added.append(values["id"])
        if added:
            audit.record(session, now, account.name, "import articles", account.name, articles=len(added))
    return Stored([str(one) for one in added], known)


def page(database: Database, query: str = "", cursor: str | None = None, limit: int = 50) -> Page:
    """Articles whose title or text holds the query, in any case of letters.

    Raises:
        Invalid: the cursor is none of ours.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Invalid("cursor: none that a page has given")
    older = true() if cursor is None else ArticleRow.number < int(cursor)
    with database.reading() as session:
        wanted = _holding(tidy(query), unicode=session.get_bind().dialect.name == "sqlite")
        total = session.scalar(select(func.count()).select_from(ArticleRow).where(wanted)) or 0
        found = session.execute(
            select(ArticleRow.number, *_SHOWN)
            .where(wanted, older)
            .order_by(ArticleRow.number.desc())
            .limit(limit + 1)
        ).all()
    rows = [_row(values) for values in found[:limit]]
    return Page(rows, str(found[limit - 1].number) if len(found) > limit else None, total)


def read(database: Database, article: str) -> Whole:
    """One article.

    Raises:
        NotFound: there is none of this id.
    """
    with database.reading() as session:
        row = _of(session, article)
        if row is None:
            raise NotFound("there is no such article")
        shown = _row(session.execute(select(*_SHOWN).where(ArticleRow.id == article)).one())
        return Whole(shown, row.body, row.summary, row.url, row.section, row.licence)


def remove(database: Database, account: Account, article: str) -> None:
    """Remove an article. Drafts and finished batches keep what they took from it.

    Raises:
        NotFound: there is none of this id.
    """
    with database.writing() as session:
        found = session.execute(
            delete(ArticleRow).where(ArticleRow.id == article).returning(ArticleRow.title)
        ).scalar()
        if found is None:
            raise NotFound("there is no such article")
        audit.record(session, database.clock(), account.name, "delete article", article, title=found)


def titles(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Id -> title of those articles that are there."""
    possible = [
        one for one in ids if one.isascii() and one.isalnum()
    ]  # PostgreSQL refuses a NUL with an error
    rows = session.execute(select(ArticleRow.id, ArticleRow.title).where(ArticleRow.id.in_(possible)))
    return {row.id: row.title for row in rows}


_SHOWN = (
    ArticleRow.id,
    ArticleRow.title,
    ArticleRow.source,
    ArticleRow.author,
    ArticleRow.published_at,
    ArticleRow.language,
    ArticleRow.chars,
    ArticleRow.imported_at,
    ArticleRow.imported_by,
    func.coalesce(
        select(User.display).where(User.name == ArticleRow.imported_by).scalar_subquery(),
        ArticleRow.imported_by,
    ).label("imported_by_name"),
)


def _row(found: Any) -> Row:
    return Row(**{one.name: getattr(found, one.name) for one in fields(Row)})


def _holding(query: str, *, unicode: bool) -> ColumnElement[bool]:
    """A condition; `unicode`: the database must be helped with capital letters beyond ASCII."""
    if not query:
        return true()
    columns = (ArticleRow.title, ArticleRow.body)
    if unicode and any(not one.isascii() and one.lower() != one.upper() for one in query):
        return or_(*(func.unicode_lower(one).contains(query.lower(), autoescape=True) for one in columns))
    return or_(*(one.icontains(query, autoescape=True) for one in columns))


def _of(session: Session, article: str) -> ArticleRow | None:
    return session.scalars(select(ArticleRow).where(ArticleRow.id == article)).one_or_none()


def _values(article: Article) -> dict[str, object]:
    return {
        "id": article_id(article.body),
        "title": article.title or "",
        "body": article.body,
        "summary": article.summary,
        "url": article.url,
        "source": article.source,
        "author": article.author,
        "published_at": article.published_at,
        "language": article.language,
        "section": article.section,
        "licence": article.licence,
        "chars": len(article.body),
    }
