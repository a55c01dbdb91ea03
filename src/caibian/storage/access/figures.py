"""What happened of late: counts, cost and percentiles of the log of requests, all of it computed by the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, cast, extract, func, literal, select
from sqlalchemy.orm import Session

from caibian.storage.access.schema import RequestLog
from caibian.storage.database import Database

# Where a slice may begin: at whole minutes, hours, days, as people read a clock (seconds).
_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400)
_MOST_POINTS = 72  # slices: more cannot be told apart on a page


@dataclass(frozen=True, slots=True)
class Figures:
    """What one group of requests took. Percentiles are None where there are no requests."""

    name: str
    requests: int = 0
    errors: int = 0  # 5xx
    refused: int = 0  # 4xx, but for 499: the asker left
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    p50_ms: float | None = None
    p95_ms: float | None = None
    first_token_p50_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """The requests of a span of time, together and by what sets them apart."""

    total: Figures
    slices: list[tuple[datetime, Figures]]  # all of them, empty ones too, oldest first
    by_feature: list[Figures] = field(default_factory=list)  # most requests first
    by_model: list[Figures] = field(default_factory=list)
    by_status: dict[str, int] = field(default_factory=dict)


def overview(database: Database, minutes: int) -> Overview:
    """The last so many minutes."""
    now = database.clock()
    since = now - timedelta(minutes=minutes)
    with database.reading() as session:
        dialect = session.get_bind().dialect.name
        step = next((step for step in _STEPS if minutes * 60 / step < _MOST_POINTS), _STEPS[-1])
        begin = _seconds(RequestLog.at, dialect)
        by_slice = {
            one.name: one for one in _groups(session, since, cast(begin - begin % step, Text), sliced=True)
        }
        total = next(iter(_groups(session, since, literal(""))), Figures(""))
        first, last = (int(moment.timestamp()) // step * step for moment in (since, now))
        statuses = session.execute(
            select(RequestLog.status, func.count())
            .where(RequestLog.at >= since)
            .group_by(RequestLog.status)
            .order_by(RequestLog.status)
        )
        return Overview(
            total=total,
            slices=[
                (datetime.fromtimestamp(at, UTC), by_slice.get(str(at), Figures(str(at))))
                for at in range(first, last + 1, step)
            ],
            by_feature=_groups(session, since, RequestLog.feature),
            by_model=_groups(session, since, RequestLog.model, RequestLog.model.is_not(None)),
            by_status={str(status): count for status, count in statuses},
        )


def _groups(
    session: Session, since: datetime, name: Any, *conditions: ColumnElement[bool], sliced: bool = False
) -> list[Figures]:
    """Figures of each group, largest first."""
    rows = session.execute(_select(since, name, *conditions))
    found = [_figures(tuple(row)) for row in rows]
    return found if sliced else sorted(found, key=lambda one: (-one.requests, one.name))


def _figures(row: tuple[Any, ...]) -> Figures:
    name, *counts = row[:6]
    requests, errors, refused, prompt, completion = (int(value or 0) for value in counts)
    p50, p95, first = row[7:]
    return Figures(name, requests, errors, refused, prompt, completion, float(row[6] or 0), p50, p95, first)


def _select(since: datetime, name: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """One pass over the log, ordered by window functions, which both databases have; SQLite has no percentile_cont."""
    first = RequestLog.first_token_ms
    ranked = (
        select(
            name.label("name"),
            *(RequestLog.status, RequestLog.prompt_tokens, RequestLog.completion_tokens, RequestLog.cost),
            RequestLog.ms,
            first,
            (func.row_number().over(partition_by=name, order_by=RequestLog.ms) - 1).label("place"),
            func.count().over(partition_by=name).label("of"),
            # Requests without a first token come last, wherever the database puts NULL by itself.
            (func.row_number().over(partition_by=name, order_by=(first.is_(None), first)) - 1).label(
                "first_place"
            ),
            func.count(first).over(partition_by=name).label("first_of"),
        )
        .where(RequestLog.at >= since, *conditions)
        .subquery()
    )
    one = ranked.c

    def percentile(value: Any, place: Any, of: Any, share: float) -> Any:
        # Linear between neighbours, as numpy's: each value weighs by its nearness to the place that is wanted.
        away = func.abs((of - 1) * share - place)
        return func.sum(case((away < 1, value * (1 - away))))

    status = one.status
    return select(
        one.name,
        func.count(),
        func.sum(case((status >= 500, 1), else_=0)),
        func.sum(case((status.between(400, 498), 1), else_=0)),
        func.sum(one.prompt_tokens),
        func.sum(one.completion_tokens),
        func.sum(one.cost),
        percentile(one.ms, one.place, one.of, 0.5),
        percentile(one.ms, one.place, one.of, 0.95),
        percentile(one.first_token_ms, one.first_place, one.first_of, 0.5),
    ).group_by(one.name)


def _seconds(moment: Any, dialect: str) -> ColumnElement[int]:
    """Whole seconds since 1970."""
    if dialect == "sqlite":
        return cast(func.strftime("%s", moment), BigInteger)
    return cast(func.floor(extract("epoch", moment)), BigInteger)
