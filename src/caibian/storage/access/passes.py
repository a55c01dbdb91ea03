"""Who bears a token or a key, and what is left to them: one SELECT, by an index, for every request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from caibian.storage.access.budgets import Amounts, day_of, minute_of
from caibian.storage.access.keys import PREFIX, digest
from caibian.storage.access.schema import EVERY_FEATURE, EVERYBODY, NO_KEY
from caibian.storage.accounts import Account
from caibian.storage.database import Database

SEEN_EVERY = timedelta(minutes=1)  # how exactly it is noted when a session or a key was last used


@dataclass(frozen=True, slots=True)
class Allowance:
    """A limit, whose it is, and what the database knows to be used of it."""

    user_id: int  # or EVERYBODY
    key_id: str  # or NO_KEY: of all that the account does
    feature: str  # or EVERY_FEATURE
    limits: Amounts
    minute_requests: int
    tokens: int
    cost: float

    def covers(self, user_id: int, key_id: str, feature: str) -> bool:
        """Whether what somebody asks for counts against it."""
        return (
            self.user_id in (EVERYBODY, user_id)
            and self.key_id in (NO_KEY, key_id)
            and self.feature in (EVERY_FEATURE, feature)
        )


@dataclass(frozen=True, slots=True)
class Pass:
    """What a bearer may do. `void` says why it may do nothing any more, though it is known whose it is."""

    account: Account
    key_id: str  # or NO_KEY
    key_features: frozenset[str] | None  # None: all
    void: str | None
    off: str | None  # why the feature is switched off; None: it is on
    allowances: tuple[Allowance, ...]
    unseen: (
        str | None
    )  # what to hand to `requests.write` so that the use is noted; None: it was, a moment ago


class Passes:
    """Looks bearers up. The statements are made once."""

    def __init__(self, database: Database, zone: tzinfo, every_account: Amounts) -> None:
        """
        Args:
            zone: whose midnight ends a day.
            every_account: the limits of an account that has no budget of its own.
        """
        self._database, self._zone, self._every = database, zone, every_account
        self._session = database.direct.sql(_SELECT.format(**_SESSION))
        self._key = database.direct.sql(_SELECT.format(**_KEY))
        self._of_account = database.direct.sql(_SELECT.format(**_ACCOUNT))
        self._of_key = database.direct.sql(_SELECT.format(**{**_KEY, "digest": "s.id"}))

    def find(self, token: str, feature: str | None) -> Pass | None:
        """Who bears a token, and what is left to them of a feature; None: nobody that was ever known."""
        sql = self._key if token.startswith(PREFIX) else self._session
        return self._found(sql, digest(token), feature)

    def of(self, user_id: int, key_id: str, feature: str) -> Pass | None:
        """The same for work that goes on without its asker: by the account, and the key (or NO_KEY) that asked."""
        if key_id == NO_KEY:
            return self._found(self._of_account, user_id, feature)
        return self._found(self._of_key, key_id, feature)

    def _found(self, sql: Any, bearer: str | int, feature: str | None) -> Pass | None:
        now = self._database.clock()
        asked = {
            "digest": bearer,
            "feature": feature or "",
            "day": day_of(now, self._zone),
            "minute": minute_of(now),
        }
        rows = self._database.direct.rows(sql, asked)
        return self._pass([dict(zip(_COLUMNS, row, strict=True)) for row in rows], feature, now)

    def _pass(self, rows: list[dict[str, Any]], feature: str | None, now: datetime) -> Pass | None:
        if not rows:
            return None
        row = rows[0]
        account = Account(
            row["id"], row["name"], row["display"], row["role"], row["language"], bool(row["disabled"])
        )
        expires, seen = _moment(row["expires_at"]), _moment(row["seen"])
        void = None
        if row["revoked_at"] is not None:
            void = "this key was revoked"
        elif expires is not None and expires <= now:
            void = "this key has expired" if row["key_id"] else "the session has ended; log in again"
        elif account.disabled:
            void = "this account is disabled"
        off = None
        if feature is not None and row["enabled"] is not None and not row["enabled"]:
            off = json.loads(row["reason"])
        features = json.loads(row["features"]) if row["features"] is not None else None
        return Pass(
            account=account,
            key_id=row["key_id"],
            key_features=None if features is None else frozenset(features),
            void=void,
            off=off,
            allowances=() if feature is None else self._allowances(rows, account.id),
            unseen=row["bearer"] if seen is None or now - seen > SEEN_EVERY else None,
        )

    def _allowances(self, rows: list[dict[str, Any]], user_id: int) -> tuple[Allowance, ...]:
        found = [
            Allowance(
                user_id=row["b_user"],
                key_id=row["b_key"],
                feature=row["b_feature"],
                limits=Amounts(row["b_requests"], row["b_tokens"], row["b_cost"]),
                minute_requests=int(row["used_requests"]),
                tokens=int(row["used_tokens"]),
                cost=float(row["used_cost"]),
            )
            for row in rows
            if row["b_user"] is not None
        ]
        own = (user_id, NO_KEY, EVERY_FEATURE)
        if self._every.any and all((one.user_id, one.key_id, one.feature) != own for one in found):
            row = rows[0]
            amounts = int(row["own_requests"]), int(row["own_tokens"]), float(row["own_cost"])
            found.append(Allowance(*own, self._every, *amounts))
        # The narrowest first: it is the one that is named to whoever has used up several.
        return tuple(sorted(found, key=lambda one: (one.key_id == NO_KEY, one.user_id == EVERYBODY)))


def _moment(value: Any) -> datetime | None:
    """A moment as the driver gives it: text in SQLite."""
    if value is None:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


_COLUMNS = (
    *("id", "name", "display", "role", "language", "disabled"),
    *("bearer", "key_id", "features", "expires_at", "revoked_at", "seen"),
    *("enabled", "reason", "own_requests", "own_tokens", "own_cost"),
    *("b_user", "b_key", "b_feature", "b_requests", "b_tokens", "b_cost"),
    *("used_requests", "used_tokens", "used_cost"),
)
_SESSION: Mapping[str, str] = {
    "bearer": "s.token_sha256, '', NULL, s.expires_at, NULL, s.last_seen",
    "source": "sessions s",
    "digest": "s.token_sha256",
    "key_id": "''",
}
_KEY: Mapping[str, str] = {
    "bearer": "s.id, s.id, s.features, s.expires_at, s.revoked_at, s.last_used",
    "source": "api_keys s",
    "digest": "s.secret_sha256",
    "key_id": "s.id",
}
_ACCOUNT: Mapping[str, str] = {
    "bearer": "NULL, '', NULL, NULL, NULL, NULL",
    "source": "(SELECT id AS user_id FROM users) s",
    "digest": "s.user_id",
    "key_id": "''",
}
_AMOUNTS = (
    "CASE WHEN x.minute = :minute THEN x.minute_requests ELSE 0 END",
    "x.tokens",
    "x.cost",
)
_OWN = "x.user_id = u.id"
_ITS = "(b.key_id = '' OR x.key_id = b.key_id) AND (b.feature = '' OR x.feature = b.feature)"


def _sum(amount: str, condition: str) -> str:
    return f"(SELECT coalesce(sum({amount}), 0) FROM usage x WHERE x.day = :day AND {condition})"


# Written out, and not composed by SQLAlchemy: what is run here has to be seen. `usage` is read by the beginning of its
# primary key (day, account); only a budget of everybody reads the whole day, some rows an account.
_SELECT = f"""
SELECT u.id, u.name, u.display, u.role, u.language, u.disabled, {{bearer}}, f.enabled, f.reason,
  {", ".join(_sum(amount, _OWN) for amount in _AMOUNTS)},
  b.user_id, b.key_id, b.feature, b.requests_a_minute, b.tokens_a_day, b.cost_a_day,
  {
    ", ".join(
        f"CASE WHEN b.user_id = 0 THEN {_sum(amount, _ITS)} ELSE {_sum(amount, f'{_OWN} AND {_ITS}')} END"
        for amount in _AMOUNTS
    )
}
FROM {{source}} JOIN users u ON u.id = s.user_id
LEFT JOIN features f ON f.name = :feature
LEFT JOIN budgets b
  ON b.user_id IN (0, u.id) AND b.key_id IN ('', {{key_id}}) AND b.feature IN ('', :feature)
WHERE {{digest}} = :digest
"""
