"""Changes to accounts that others or the people themselves make over the API, each with its actor in the log."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from caibian.errors import ConfigError
from caibian.storage import audit, passwords, throttle
from caibian.storage.accounts import Account, checked_display, checked_name, new_password, token_digest
from caibian.storage.database import Database
from caibian.storage.refusals import Invalid, NotFound
from caibian.storage.schema import ROLES, LoginSession, User


@dataclass(frozen=True, slots=True)
class Person:
    """An account in a list."""

    name: str
    display: str
    role: str
    language: str
    disabled: bool
    created_at: datetime


def people(database: Database) -> list[Person]:
    """All accounts, by name."""
    with database.reading() as session:
        return [_person(user) for user in session.scalars(select(User).order_by(User.name))]


def person(database: Database, name: str) -> Person:
    """One account.

    Raises:
        NotFound: there is none of this name.
    """
    with database.reading() as session:
        return _person(_named(session, name))


def change_account(
    database: Database,
    name: str,
    *,
    role: str | None = None,
    disabled: bool | None = None,
    display: str | None = None,
    actor: str = audit.COMMAND_LINE,
) -> Person:
    """Change what is given. A new role counts from the next request on; who is disabled is out at once.

    Raises:
        NotFound: there is no such account.
        Invalid: nobody would be left who can make accounts.
    """
    if role is not None and role not in ROLES:
        raise Invalid(f"role {role}: one of {', '.join(ROLES)}")
    if display is not None:
        try:
            display = checked_display(display) or name
        except ConfigError as error:
            raise Invalid(str(error)) from error
    now = database.clock()
    with database.writing() as session:
        # In one order and under lock, so that two admins who demote each other at once do not both succeed.
        admins = list(
            session.scalars(
                select(User)
                .where(User.role == "admin", User.disabled.is_(False))
                .order_by(User.id)
                .with_for_update()
            )
        )
        user = _named(session, name)
        leaves = disabled is True or role not in (None, "admin")
        if leaves and [one.id for one in admins] == [user.id]:
            field = "disabled" if disabled else "role"
            raise Invalid(f"{field}: {user.name} is the last admin in use; make another one first")
        if role is not None and role != user.role:
            audit.record(session, now, actor, "change role", user.name, before=user.role, after=role)
            user.role = role
        if disabled is not None and disabled != user.disabled:
            audit.record(session, now, actor, "disable account" if disabled else "enable account", user.name)
            user.disabled = disabled
            if disabled:
                session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        if display is not None and display != user.display:
            audit.record(session, now, actor, "change display name", user.name)
            user.display = display
        return _person(user)


def change_own_password(
    database: Database, account: Account, old: str, new: str, token: str, address: str = ""
) -> None:
    """Give oneself a new password; all other sessions end, the one of `token` goes on.

    Raises:
        TooMany: too many wrong ones before; they count as failed logins do.
        Invalid: the old one is wrong, or the new one too short or too long.
    """
    try:
        new = new_password(new)
    except ConfigError as error:
        raise Invalid(f"new: {error}") from error
    throttle.count(database, account.name, address)
    with database.reading() as session:
        known = session.get_one(User, account.id).password
    if not passwords.verify(known, old):
        raise Invalid("old: is not the password of this account")
    hashed, now = passwords.hashed(new), database.clock()
    with database.writing() as session:
        user = session.get_one(User, account.id)
        if user.password != known:
            raise Invalid("old: the password was changed a moment ago")
        user.password = hashed
        throttle.forgive(session, account.name, address)
        session.execute(
            delete(LoginSession).where(
                LoginSession.user_id == user.id, LoginSession.token_sha256 != token_digest(token)
            )
        )
        audit.record(session, now, user.name, "new password", user.name)


def _named(session: Session, name: str) -> User:
    name = unicodedata.normalize("NFC", name).strip()
    try:
        user = session.scalars(select(User).where(User.name == checked_name(name))).one_or_none()
    except ConfigError as error:
        raise NotFound(str(error)) from error
    if user is None:
        raise NotFound(f"account {name}: there is none of this name")
    return user


def _person(user: User) -> Person:
    return Person(user.name, user.display, user.role, user.language, user.disabled, user.created_at)
