"""The newsroom's tables, beside those of `caibian.storage.schema`. Texts that people type are kept as JSON, which
holds any character; those of articles are tidied at import and kept as text, so that they can be searched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from caibian.storage.columns import Json, Moment, Serial
from caibian.storage.newsroom.rights import STATES
from caibian.storage.schema import NAME_LENGTH, Base, one_of

BATCH_STATES = ("running", "stopped", "done")
ITEM_STATES = ("waiting", "running", "done", "failed")
THUMBS = ("up", "down")


class ArticleRow(Base):
    """An article that somebody imported."""

    __tablename__ = "articles"

    number: Mapped[int] = mapped_column(Serial, primary_key=True)  # by age of the import
    id: Mapped[str] = mapped_column(String(32), unique=True)  # of its text: the same text has the same one
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    summary: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    language: Mapped[str | None] = mapped_column(String(8))
    section: Mapped[str | None] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
    chars: Mapped[int]
    imported_at: Mapped[datetime] = mapped_column(Moment)
    imported_by: Mapped[str] = mapped_column(String(NAME_LENGTH))


class DraftRow(Base):
    """A draft: where it stands. Its text is that of its newest version."""

    __tablename__ = "drafts"
    __table_args__ = (
        one_of("state", STATES),
        Index(None, "state", "updated_at"),
        Index(None, "user_id", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(Serial, ForeignKey("users.id"))
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]  # grows with every change of text or state
    version: Mapped[int]  # the revision that brought the text as it stands
    chars: Mapped[int]
    entries: Mapped[int]  # of the ledger
    comments: Mapped[int]
    examined: Mapped[int]
    source: Mapped[str] = mapped_column(Json)
    published_at: Mapped[datetime | None] = mapped_column(Moment)  # of the source
    origin: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class VersionRow(Base):
    """A draft's text from one revision on."""

    __tablename__ = "draft_versions"

    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    title: Mapped[str] = mapped_column(Json)
    body: Mapped[str] = mapped_column(Json)


class CommentRow(Base):
    """What somebody said about a draft, or about a passage of it."""

    __tablename__ = "draft_comments"
    __table_args__ = (Index(None, "draft_id", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"))
    by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    at: Mapped[datetime] = mapped_column(Moment)
    text: Mapped[str] = mapped_column(Json)
    start: Mapped[int | None]
    end: Mapped[int | None]
    quote: Mapped[str] = mapped_column(Json)
    revision: Mapped[int]


class LedgerRow(Base):
    """Who did what to which revision of a draft. Triggers refuse to change or delete a row.

    A request leaves one row, which also knows the request again when it is sent twice.
    """

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("user_id", "key_sha256"),)

    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1
    at: Mapped[datetime] = mapped_column(Moment)
    user_id: Mapped[int] = mapped_column(Serial, ForeignKey("users.id"))
    by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(String(16))  # that they had then
    kind: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
    key_sha256: Mapped[str | None] = mapped_column(String(64))  # of the key the client made
    content_sha256: Mapped[str | None] = mapped_column(String(64))  # of what was asked for under it


class FeedbackRow(Base):
    """What somebody thought of answers. Without consent it holds no text."""

    __tablename__ = "feedback"
    __table_args__ = (one_of("thumb", THUMBS), UniqueConstraint("user_id", "key_sha256"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    user_id: Mapped[int] = mapped_column(Serial, ForeignKey("users.id"))
    task: Mapped[str] = mapped_column(String(200), index=True)
    language: Mapped[str] = mapped_column(String(8))
    variant: Mapped[int]
    thumb: Mapped[str | None] = mapped_column(String(8))
    chosen: Mapped[int | None]
    consent: Mapped[bool]
    texts: Mapped[dict[str, Any] | None] = mapped_column(Json)  # input, answers, edited, comment
    examples: Mapped[int]
    pairs: Mapped[int]
    key_sha256: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))


class BatchRow(Base):
    """One task over many articles."""

    __tablename__ = "batches"
    __table_args__ = (one_of("state", BATCH_STATES),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(Serial, ForeignKey("users.id"), index=True)
    key_id: Mapped[str | None] = mapped_column(String(32))  # of the API key it was asked for with, if any
    task: Mapped[str] = mapped_column(String(200))
    model: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    variant: Mapped[int]
    extra: Mapped[dict[str, str]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(16))
    total: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class BatchItemRow(Base):
    """One article of a batch. Whoever works on it holds a lease, and loses it by falling silent."""

    __tablename__ = "batch_items"
    __table_args__ = (one_of("state", ITEM_STATES), Index(None, "state", "position"))

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1
    article: Mapped[str] = mapped_column(String(32))  # its id; the article may be gone
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int]
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    lease: Mapped[str | None] = mapped_column(String(32))  # made by who works on it
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    problem: Mapped[str | None] = mapped_column(Json)
    seconds: Mapped[float] = mapped_column(Double)
