"""Budgets: how much an account, a key or everybody together may use, and what is used of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from caibian.storage import audit
from caibian.storage.access.schema import (
    EVERY_FEATURE,
    EVERYBODY,
    NO_KEY,
    ApiKey,
    BudgetRow,
    Usage,
)
from caibian.storage.database import Database
from caibian.storage.refusals import Invalid, NotFound
from caibian.storage.schema import User


@dataclass(frozen=True, slots=True)
class Amounts:
    """Limits; None: none of this kind."""

    requests_a_minute: int | None = None
    tokens_a_day: int | None = None
    cost_a_day: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return (self.requests_a_minute, self.tokens_a_day, self.cost_a_day) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget and what is used of it: requests of this minute, tokens and cost of this day."""

    account: str | None  # None: everybody together
    key: str | None  # id; None: all that the account does
    feature: str | None  # None: all of them
    limits: Amounts
    minute_requests: int
    tokens: int
    cost: float


def day_of(moment: datetime, zone: tzinfo) -> int:
    """The day on which something is counted, as the clocks of the house show it."""
    return moment.astimezone(zone).toordinal()


def minute_of(moment: datetime) -> int:
    """The minute in which something is counted, since 1970."""
    return int(moment.timestamp()) // 60


def budgets(database: Database, zone: tzinfo) -> list[Budget]:
    """All budgets: everybody's, then by account, key and feature."""
    with database.reading() as session:
        return [
            _with_usage(session, row, account, database.clock(), zone)
            for row, account in session.execute(
                select(BudgetRow, User.name)
                .outerjoin(User, User.id == BudgetRow.user_id)
                .order_by(User.name.is_not(None), User.name, BudgetRow.key_id, BudgetRow.feature)
            )
        ]


def set_budget(
    database: Database,
    zone: tzinfo,
    limits: Amounts,
    *,
    account: str | None = None,
    key: str | None = None,
    feature: str | None = None,
    actor: str = audit.COMMAND_LINE,
) -> Budget:
    """Limit a key, an account or everybody together; without any limit the budget is taken away.

    Raises:
        NotFound: there is no such account or key.
        Invalid: the key is not the account's.
    """
    now = database.clock()
    with database.writing() as session:
        user = None
        if key is not None:
            found = session.get(ApiKey, key) if key.isalnum() else None
            if found is None:
                raise NotFound(f"key {key!r}: there is none of this id")
            user = session.get_one(User, found.user_id)
            if account not in (None, user.name):
                raise Invalid(f"key: {key} belongs to {user.name}, not to {account}")
        elif account is not None:
            if account.isprintable():
                user = session.scalars(select(User).where(User.name == account)).one_or_none()
            if user is None:
                raise NotFound(f"account {account[:64]!r}: there is none of this name")
        row = keep_budget(
            session, user.id if user else EVERYBODY, key or NO_KEY, feature or EVERY_FEATURE, limits
        )
        subject = user.name if user else "everybody"
        audit.record(
            session,
            now,
            actor,
            "set budget",
            subject,
            key=key,
            feature=feature,
            requests_a_minute=limits.requests_a_minute,
            tokens_a_day=limits.tokens_a_day,
            cost_a_day=limits.cost_a_day,
        )
        return _with_usage(session, row, user.name if user else None, now, zone)


def keep_budget(session: Session, user_id: int, key_id: str, feature: str, limits: Amounts) -> BudgetRow:
    """The same within a transaction, without a line in the log."""
    row = BudgetRow(
        user_id=user_id,
        key_id=key_id,
        feature=feature,
        requests_a_minute=limits.requests_a_minute,
        tokens_a_day=limits.tokens_a_day,
        cost_a_day=limits.cost_a_day,
    )
    if limits.any:
        session.merge(row)
    elif (old := session.get(BudgetRow, (user_id, key_id, feature))) is not None:
        session.delete(old)
    return row


def _with_usage(session: Session, row: BudgetRow, account: str | None, now: datetime, zone: tzinfo) -> Budget:
    this_minute = case((Usage.minute == minute_of(now), Usage.minute_requests), else_=0)
    used = select(
        func.coalesce(func.sum(this_minute), 0),
        func.coalesce(func.sum(Usage.tokens), 0),
        func.coalesce(func.sum(Usage.cost), 0.0),
    ).where(Usage.day == day_of(now, zone))
    if row.user_id != EVERYBODY:
        used = used.where(Usage.user_id == row.user_id)
    if row.key_id != NO_KEY:
        used = used.where(Usage.key_id == row.key_id)
    if row.feature != EVERY_FEATURE:
        used = used.where(Usage.feature == row.feature)
    requests, tokens, cost = session.execute(used).one()
    return Budget(
        account=account,
        key=row.key_id or None,
        feature=row.feature or None,
        limits=Amounts(row.requests_a_minute, row.tokens_a_day, row.cost_a_day),
        minute_requests=int(requests),
        tokens=int(tokens),
        cost=float(cost),
    )
