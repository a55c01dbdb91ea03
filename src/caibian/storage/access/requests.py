"""The log of requests, and the counts that budgets are held against: written in batches, read in pages, pruned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from caibian.storage.access.budgets import day_of, minute_of
from caibian.storage.access.schema import ApiKey, RequestLog, Usage
from caibian.storage.database import Database
from caibian.storage.schema import LoginSession, User

KEEP_USAGE_DAYS = 40  # longer than a month's bill needs
_PRUNE_AT_ONCE = 5_000  # rows: a writer waits for milliseconds, not for the whole sweep


@dataclass(slots=True)
class Entry:
    """One request, for the log. Names of fields are those of the columns."""

    id: str
    at: datetime  # when it began
    user_id: int
    key_id: str  # or NO_KEY
    feature: str
    task: str | None
    model: str | None
    status: int
    code: str | None
    ms: float
    first_token_ms: float | None
    prompt_tokens: int
    completion_tokens: int
    cost: float


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log with the names that people know."""

    entry: Entry
    account: str
    key: str | None


class Log:
    """Writes to the log. The statements are made once."""

    def __init__(self, database: Database, zone: tzinfo) -> None:
        self._database, self._zone = database, zone
        direct = database.direct
        self._insert, self._count = direct.sql(_INSERT), direct.sql(_COUNT)
        self._both = direct.sql(_BOTH)

    def write(self, entries: Sequence[Entry], counted: Iterable[Entry]) -> None:
        """Log requests, and count some of them as used; one statement on PostgreSQL, one transaction on SQLite."""
        rows = [{name: getattr(entry, name) for name in _ENTRY} for entry in entries]
        used = self._used(counted)
        direct = self._database.direct
        if not direct.is_sqlite:
            columns: dict[str, Any] = {name: [row[name] for row in rows] for name in _ENTRY}
            columns |= {f"u_{name}": [row[name] for row in used] for name in _USAGE}
            direct.execute(self._both, columns)
            return
        for row in rows:
            row["at"] = _text(row["at"])
        direct.execute_all([(self._insert, rows), (self._count, used)])

    def _used(self, entries: Iterable[Entry]) -> list[dict[str, Any]]:
        """One row of `usage` each, always in the same order: two writers that count the same rows never block
        each other for good."""
        found: dict[tuple[int, int, str, str], dict[str, Any]] = {}
        for entry in entries:
            day, minute = day_of(entry.at, self._zone), minute_of(entry.at)
            place = (day, entry.user_id, entry.key_id, entry.feature)
            row = found.setdefault(place, dict(zip(_USAGE, (*place, minute, 0, 0, 0, 0.0), strict=True)))
            if minute > row["minute"]:
                row["minute"], row["minute_requests"] = minute, 0
            row["minute_requests"] += minute == row["minute"]
            row["requests"] += 1
            row["tokens"] += entry.prompt_tokens + entry.completion_tokens
            row["cost"] += entry.cost
        return [found[place] for place in sorted(found)]


def note_use(database: Database, bearers: Iterable[str], at: datetime) -> None:
    """Note when sessions and keys were last used; `bearers` are `Pass.unseen`."""
    with database.writing() as session:
        for bearer in sorted(bearers):
            if len(bearer) == 64:  # the hash of a session's token
                kind: Any = update(LoginSession).where(LoginSession.token_sha256 == bearer)
                session.execute(kind.values(last_seen=at))
            else:
                session.execute(update(ApiKey).where(ApiKey.id == bearer).values(last_used=at))


def page(
    database: Database,
    *,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
    feature: str | None = None,
    status: int | None = None,
) -> list[Logged]:
    """Requests, newest first, that began before one that was seen already.

    Args:
        before: `at` and `id` of the last one seen.
        status: an HTTP status, or its first digit: 4 for all from 400 to 499.
    """
    asked = (
        select(RequestLog, User.name, ApiKey.name)
        .join(User, User.id == RequestLog.user_id)
        .outerjoin(ApiKey, ApiKey.id == RequestLog.key_id)
        .order_by(RequestLog.at.desc(), RequestLog.id.desc())
        .limit(limit)
    )
    if before is not None:
        at, id = before
        asked = asked.where(or_(RequestLog.at < at, and_(RequestLog.at == at, RequestLog.id < id)))
    if feature is not None:
        asked = asked.where(RequestLog.feature == feature)
    if status is not None:
        low, high = (status * 100, status * 100 + 99) if status < 10 else (status, status)
        asked = asked.where(RequestLog.status.between(low, high))
    with database.reading() as session:
        return [
            Logged(Entry(*(getattr(row, name) for name in _ENTRY)), account, key)
            for row, account, key in session.execute(asked)
        ]


def prune(database: Database, days: int) -> int:
    """Delete requests older than so many days, and counts that nothing is held against any more; says how many requests."""
    cutoff, gone = database.clock() - timedelta(days=days), 0
    old = select(RequestLog.id).where(RequestLog.at < cutoff).limit(_PRUNE_AT_ONCE)
    while True:
        with database.writing() as session:
            found: Any = session.execute(delete(RequestLog).where(RequestLog.id.in_(old)))
            gone += found.rowcount
        if found.rowcount < _PRUNE_AT_ONCE:
            break
    with database.writing() as session:
        session.execute(
            delete(Usage).where(Usage.day < database.clock().toordinal() - max(days, KEEP_USAGE_DAYS))
        )
    return gone


def _text(moment: datetime) -> str:
    """A moment as SQLite keeps it, see `columns.Moment`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


_ENTRY = tuple(field.name for field in fields(Entry))
_USAGE = (
    *("day", "user_id", "key_id", "feature"),
    *("minute", "minute_requests", "requests", "tokens", "cost"),
)
_ENTRY_TYPES = (
    *("varchar", "timestamptz", "bigint", "varchar", "varchar", "varchar", "varchar", "int", "varchar"),
    *("float8", "float8", "int", "int", "float8"),
)
_USAGE_TYPES = ("int", "bigint", "varchar", "varchar", "int", "int", "int", "bigint", "float8")

_INTO_LOG = f"INSERT INTO requests ({', '.join(_ENTRY)})"
_INTO_USAGE = f"INSERT INTO usage ({', '.join(_USAGE)})"
# The newest minute wins: a request that began in an older one, and ended now, no longer counts against it.
_OLDER_COUNTS = """ON CONFLICT (day, user_id, key_id, feature) DO UPDATE SET
  minute_requests = CASE WHEN excluded.minute > usage.minute THEN excluded.minute_requests
    WHEN excluded.minute = usage.minute THEN usage.minute_requests + excluded.minute_requests
    ELSE usage.minute_requests END,
  minute = CASE WHEN excluded.minute > usage.minute THEN excluded.minute ELSE usage.minute END,
  requests = usage.requests + excluded.requests,
  tokens = usage.tokens + excluded.tokens,
  cost = usage.cost + excluded.cost"""

_INSERT = f"{_INTO_LOG} VALUES ({', '.join(f':{name}' for name in _ENTRY)}) ON CONFLICT (id) DO NOTHING"
_COUNT = f"{_INTO_USAGE} VALUES ({', '.join(f':{name}' for name in _USAGE)}) {_OLDER_COUNTS}"


def _arrays(names: Sequence[str], types: Sequence[str], prefix: str = "") -> str:
    return ", ".join(f"CAST(:{prefix}{name} AS {kind}[])" for name, kind in zip(names, types, strict=True))


_BOTH = f"""WITH logged AS (
  {_INTO_LOG} SELECT * FROM unnest({_arrays(_ENTRY, _ENTRY_TYPES)}) ON CONFLICT (id) DO NOTHING
)
{_INTO_USAGE} SELECT * FROM unnest({_arrays(_USAGE, _USAGE_TYPES, "u_")}) {_OLDER_COUNTS}"""
