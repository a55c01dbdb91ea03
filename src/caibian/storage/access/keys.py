"""API keys: made, listed, revoked. Only a hash of the secret is kept."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from caibian.errors import ConfigError
from caibian.storage import audit
from caibian.storage.access.budgets import Amounts, keep_budget
from caibian.storage.access.schema import EVERY_FEATURE, ApiKey
from caibian.storage.accounts import checked_name
from caibian.storage.database import Database
from caibian.storage.refusals import Invalid, NotFound
from caibian.storage.schema import User

PREFIX = "cbk_"  # so that people, and scanners for leaked secrets, know what they see
_LETTERS = string.ascii_letters + string.digits
_LENGTH = 32  # 190 bits: no guess needs to be slowed down, and SHA-256 suffices
_SHOWN = len(PREFIX) + 6
_MOST_NAME = 100  # characters, as on the wire


@dataclass(frozen=True, slots=True)
class Key:
    """A key, as it can be shown."""

    id: str
    account: str
    name: str
    prefix: str
    features: tuple[str, ...] | None  # None: all
    created_at: datetime
    expires_at: datetime | None
    last_used: datetime | None
    revoked: bool


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create_key(
    database: Database,
    account: str,
    name: str,
    *,
    features: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    limits: Amounts | None = None,
    actor: str = audit.COMMAND_LINE,
) -> tuple[Key, str]:
    """Make a key for an account; gives its secret, which is known nowhere else afterwards.

    Raises:
        NotFound: there is no such account.
        Invalid: the name is empty or too long, no feature is left, or the key would have expired already.
    """
    name, now = name.strip(), database.clock()
    if not 1 <= len(name) <= _MOST_NAME or not name.isprintable():
        raise Invalid(f"name: 1 to {_MOST_NAME} characters that print")
    if features is not None and not features:
        raise Invalid("features: name at least one, or none at all for every one of them")
    if expires_at is not None and expires_at.tzinfo is None:
        raise Invalid("expires_at: needs a time zone")
    if expires_at is not None and expires_at <= now:
        raise Invalid("expires_at: lies in the past")
    secret = PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    with database.writing() as session:
        user = session.scalars(select(User).where(User.name == _possible(account))).one_or_none()
        if user is None:
            raise NotFound(f"account {account}: there is none of this name")
        key = ApiKey(
            id=uuid4().hex,
            user_id=user.id,
            name=name,
            prefix=secret[:_SHOWN],
            secret_sha256=digest(secret),
            features=None if features is None else sorted(set(features)),
            created_at=now,
            expires_at=expires_at,
        )
        session.add(key)
        if limits is not None and limits.any:
            keep_budget(session, user.id, key.id, EVERY_FEATURE, limits)
        audit.record(
            session, now, actor, "create key", user.name, key=key.id, name=name, features=key.features
        )
    return _key(key, user), secret


def keys(database: Database, account: str | None = None) -> list[Key]:
    """The keys of all accounts or of one, newest first, revoked ones too."""
    asked = select(ApiKey, User).join(User, User.id == ApiKey.user_id)
    if account is not None:
        asked = asked.where(User.name == _possible(account))
    with database.reading() as session:
        found = session.execute(asked.order_by(ApiKey.created_at.desc(), ApiKey.id))
        return [_key(key, user) for key, user in found]


def revoke_key(database: Database, id: str, *, actor: str = audit.COMMAND_LINE) -> Key:
    """Make a key void at once; it stays in the list. Doing it twice is harmless.

    Raises:
        NotFound: there is no such key.
    """
    now = database.clock()
    with database.writing() as session:
        key = _by_id(session, id)
        user = session.get_one(User, key.user_id)
        if key.revoked_at is None:
            key.revoked_at = now
            audit.record(session, now, actor, "revoke key", user.name, key=key.id, name=key.name)
    return _key(key, user)


def _by_id(session: Session, id: str) -> ApiKey:
    found = session.get(ApiKey, id) if id.isalnum() else None
    if found is None:
        raise NotFound(f"key {id[:40]!r}: there is none of this id")
    return found


def _possible(account: str) -> str:
    try:
        return checked_name(account)
    except ConfigError as error:
        raise NotFound(str(error)) from error


def _key(key: ApiKey, user: User) -> Key:
    return Key(
        id=key.id,
        account=user.name,
        name=key.name,
        prefix=key.prefix,
        features=None if key.features is None else tuple(key.features),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used=key.last_used,
        revoked=key.revoked_at is not None,
    )
