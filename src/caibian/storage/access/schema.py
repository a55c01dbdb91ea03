"""The tables of keys, switches, budgets, and of what was asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Double, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from caibian.storage.columns import Json, Moment, Serial
from caibian.storage.schema import NAME_LENGTH, Base

EVERYBODY = 0
"""In place of an account's id, in `budgets`: all accounts together."""
NO_KEY = ""
"""In place of a key's id: asked with a session (`usage`), or for all that an account does (`budgets`)."""
EVERY_FEATURE = ""
"""In place of a feature's name, in `budgets`: all of them together."""


class ApiKey(Base):
    """A key of an account, for programs; the secret is known to its bearer alone. Never deleted: the log names it."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(Serial, ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))  # what its secret begins with
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    features: Mapped[list[str] | None] = mapped_column(Json)  # None: all
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used: Mapped[datetime | None] = mapped_column(Moment)


class FeatureSwitch(Base):
    """A feature that was switched off or on again; one without a row is on."""

    __tablename__ = "features"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    enabled: Mapped[bool]
    reason: Mapped[str] = mapped_column(Json)
    changed_by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    changed_at: Mapped[datetime] = mapped_column(Moment)


class BudgetRow(Base):
    """A limit on what an account, one of its keys, or everybody together may use, of one feature or of all."""

    __tablename__ = "budgets"

    user_id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)  # or EVERYBODY
    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)  # or NO_KEY
    feature: Mapped[str] = mapped_column(String(16), primary_key=True)  # or EVERY_FEATURE
    requests_a_minute: Mapped[int | None]
    tokens_a_day: Mapped[int | None] = mapped_column(BigInteger)
    cost_a_day: Mapped[float | None] = mapped_column(Double)


class Usage(Base):
    """What an account used on one day, by key and feature: all that budgets are held against.

    The requests of the newest minute stand in the same row, so that one upsert counts a request.
    """

    __tablename__ = "usage"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # `date.toordinal()`
    user_id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)  # or NO_KEY
    feature: Mapped[str] = mapped_column(String(16), primary_key=True)
    minute: Mapped[int]  # since 1970, UTC: the newest one in which something was asked
    minute_requests: Mapped[int]  # in it
    requests: Mapped[int]
    tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[float] = mapped_column(Double)


class RequestLog(Base):
    """What one request was about and what it took; never what it said.

    No foreign keys: accounts and keys are never deleted, and each would be one more read at every request.
    """

    __tablename__ = "requests"
    __table_args__ = (Index(None, "at", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)  # when it began
    user_id: Mapped[int] = mapped_column(Serial)
    key_id: Mapped[str] = mapped_column(String(32))  # or NO_KEY
    feature: Mapped[str] = mapped_column(String(16))
    task: Mapped[str | None] = mapped_column(String(200))
    model: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(32))
    ms: Mapped[float] = mapped_column(Double)
    first_token_ms: Mapped[float | None] = mapped_column(Double)
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    cost: Mapped[float] = mapped_column(Double)
