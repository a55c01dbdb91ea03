"""The tables. A change here needs a migration in `migrations/versions/`; a test compares the two."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from caibian.storage.columns import Json, Moment, Serial

ROLES = ("expert", "organiser", "reporter", "editor", "chief_editor", "operator", "admin")
PANEL_STATES = ("open", "closed")
ASSIGNMENT_STATES = ("open", "started", "ranked", "skipped")
NAME_LENGTH = 64  # of an account, as on the wire


class Base(DeclarativeBase):
    """Root of all tables. Constraints have names, so that later migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class User(Base):
    """An account."""

    __tablename__ = "users"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    display: Mapped[str] = mapped_column(String(200))
    password: Mapped[str] = mapped_column(String(255))  # argon2 hash
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    disabled: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Moment)


class LoginSession(Base):
    """Somebody logged in; the token itself is known to its bearer alone."""

    __tablename__ = "sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(Serial, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime] = mapped_column(Moment)


class Attempts(Base):
    """Logins tried under one name or from one address since a moment."""

    __tablename__ = "login_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of what is counted
    tries: Mapped[int]
    since: Mapped[datetime] = mapped_column(Moment)


class Audit(Base):
    """Who did what, when. Triggers refuse to change or delete a row."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "subject", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(NAME_LENGTH))  # an account's name, or "(command line)"
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))  # id of what was acted on
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


class Panel(Base):
    """A share of one comparison's examples, put before experts."""

    __tablename__ = "panels"
    __table_args__ = (one_of("state", PANEL_STATES),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    comparison: Mapped[str] = mapped_column(String(255))  # name of its folder
    examples_sha256: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int] = mapped_column(Serial)
    share: Mapped[float] = mapped_column(Double)
    per_item: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class Item(Base):
    """One example of a panel, as an expert needs it."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("panel_id", "example_id"), UniqueConstraint("panel_id", "number"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id", ondelete="CASCADE"))
    number: Mapped[int]  # its place in the comparison
    example_id: Mapped[str] = mapped_column(Text)
    card: Mapped[str] = mapped_column(String(200))
    card_name_zh: Mapped[str] = mapped_column(Text)
    card_name_en: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    shown: Mapped[dict[str, str]] = mapped_column(Json)  # instruction, input
    rubric: Mapped[list[dict[str, str]]] = mapped_column(Json)  # id, zh, en


class ItemAnswer(Base):
    """An answer to an item under a key that says nothing about its system."""

    __tablename__ = "answers"

    item_id: Mapped[str] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Json)


class Unblinding(Base):
    """Which system an answer is of. What serves experts never reads this table."""

    __tablename__ = "unblinding"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "key"], ["answers.item_id", "answers.key"], ondelete="CASCADE"),
    )

    item_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system: Mapped[str] = mapped_column(Text)


class Assignment(Base):
    """One item before one expert: where it stands in their order, how answers are seated, what they have done."""

    __tablename__ = "assignments"
    __table_args__ = (
        one_of("state", ASSIGNMENT_STATES),
        UniqueConstraint("item_id", "user_id"),
        UniqueConstraint("panel_id", "user_id", "position"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id", ondelete="CASCADE"))
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(Serial, ForeignKey("users.id"), index=True)
    position: Mapped[int]  # from 1
    seats: Mapped[list[int]] = mapped_column(Json)  # keys of the answers; the first sits at A
    state: Mapped[str] = mapped_column(String(16))
    draft: Mapped[dict[str, Any]] = mapped_column(Json)  # order, violations, comment; by seat letters
    skip_reason: Mapped[str | None] = mapped_column(String(32))
    seconds: Mapped[float] = mapped_column(Double)
    revision: Mapped[int]
    last_write: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the write that made this revision
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class RankingRow(Base):
    """What an expert handed in for an assignment, as it stands now; earlier ones are in the audit log."""

    __tablename__ = "rankings"

    assignment_id: Mapped[str] = mapped_column(
        ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True
    )
    order: Mapped[list[str]] = mapped_column(Json)  # systems, best first; empty on an abstention
    abstained: Mapped[str | None] = mapped_column(String(32))
    violations: Mapped[dict[str, list[str]]] = mapped_column(Json)  # system -> dimensions
    comment: Mapped[str | None] = mapped_column(Json)
    seconds: Mapped[float] = mapped_column(Double)
    at: Mapped[datetime] = mapped_column(Moment)
