"""Accounts and the sessions of those who are logged in."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from caibian.errors import ConfigError
from caibian.storage import audit, passwords, throttle
from caibian.storage.database import Database
from caibian.storage.refusals import NotFound, WrongLogin
from caibian.storage.schema import NAME_LENGTH, ROLES, LoginSession, User

SESSION_LIFE = timedelta(days=7)
LANGUAGES = ("zh", "en")
_MOST_DISPLAY = 200  # characters, as on the wire
_SEEN_EVERY = timedelta(minutes=1)  # a read need not become a write each time


@dataclass(frozen=True, slots=True)
class Account:
    """Who somebody is."""

    id: int
    name: str
    display: str
    role: str
    language: str
    disabled: bool = False


def create_account(
    database: Database,
    name: str,
    *,
    role: str = "expert",
    display: str = "",
    language: str = "zh",
    password: str | None = None,
    actor: str = audit.COMMAND_LINE,
) -> tuple[Account, str]:
    """Create an account; gives its password, made here unless given, which is known nowhere else afterwards.

    Raises:
        ConfigError: the name is taken or cannot be one; the password is too short.
    """
    name = checked_name(name)
    if role not in ROLES:
        raise ConfigError(f"role {role}: one of {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise ConfigError(f"language {language}: one of {', '.join(LANGUAGES)}")
    password = new_password(password)
    now = database.clock()
    user = User(
        name=name,
        display=checked_display(display) or name,
        password=passwords.hashed(password),
        role=role,
        language=language,
        disabled=False,
        created_at=now,
    )
    with database.writing() as session:
        if _by_name(session, name) is not None:
            raise ConfigError(f"account {name}: there is one already")
        session.add(user)
        session.flush()
        audit.record(session, now, actor, "create account", name, role=role)
    return _account(user), password


def find_account(database: Database, name: str) -> Account | None:
    """The account of this name, if there is one."""
    with database.reading() as session:
        user = _by_name(session, checked_name(name))
        return None if user is None else _account(user)


def accounts(database: Database) -> list[Account]:
    """All accounts, by name."""
    with database.reading() as session:
        return [_account(user) for user in session.scalars(select(User).order_by(User.name))]


def set_password(
    database: Database, name: str, password: str | None = None, *, actor: str = audit.COMMAND_LINE
) -> str:
    """Give an account a new password and end all its sessions; gives the password."""
    password = new_password(password)
    known, now = passwords.hashed(password), database.clock()
    with database.writing() as session:
        user = _named(session, name)
        user.password = known
        session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        audit.record(session, now, actor, "new password", user.name)
    return password


def set_disabled(database: Database, name: str, disabled: bool) -> None:
    """Shut an account out, at once, or let it in again. What it has ranked stays."""
    with database.writing() as session:
        user = _named(session, name)
        user.disabled = disabled
        if disabled:
            session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        action = "disable account" if disabled else "enable account"
        audit.record(session, database.clock(), audit.COMMAND_LINE, action, user.name)


def log_in(database: Database, name: str, password: str, address: str = "") -> tuple[str, Account]:
    """A token for whoever knows the password, and who that is.

    Raises:
        WrongLogin: no such account in use, or not its password; it takes as long to find out in every case.
        TooMany: too many failed before.
    """
    name = unicodedata.normalize("NFC", name).strip()
    throttle.count(database, name, address)
    with database.reading() as session:
        user = _by_name(session, name)
    right = passwords.verify(user.password if user else None, password)
    rehashed = passwords.hashed(password) if right and user and passwords.outdated(user.password) else None
    token, now = secrets.token_urlsafe(32), database.clock()
    with database.writing() as session:
        again = session.get(User, user.id) if user else None  # it may have changed while we computed
        if not right or user is None or again is None or again.disabled or again.password != user.password:
            if user is not None:
                audit.record(session, now, user.name, "login failed", user.name, address=address)
            refused = True
        else:
            refused = False
            again.password = rehashed or again.password
            throttle.forgive(session, name, address)
            session.execute(delete(LoginSession).where(LoginSession.expires_at < now))
            session.add(
                LoginSession(
                    token_sha256=token_digest(token),
                    user_id=again.id,
                    created_at=now,
                    expires_at=now + SESSION_LIFE,
                    last_seen=now,
                )
            )
            audit.record(session, now, again.name, "login", again.name, address=address)
    if refused or again is None:
        raise WrongLogin("name or password is wrong")
    return token, _account(again)


def log_out(database: Database, token: str) -> None:
    """End the session of a token."""
    with database.writing() as session:
        session.execute(delete(LoginSession).where(LoginSession.token_sha256 == token_digest(token)))


def bearer(database: Database, token: str) -> Account | None:
    """Who bears a token; None if it is unknown or has expired, or the account is disabled."""
    now, digest = database.clock(), token_digest(token)
    with database.reading() as session:
        found = session.execute(
            select(LoginSession, User)
            .join(User, User.id == LoginSession.user_id)
            .where(LoginSession.token_sha256 == digest)
        ).one_or_none()
    if found is None or found.LoginSession.expires_at <= now or found.User.disabled:
        return None
    if now - found.LoginSession.last_seen > _SEEN_EVERY:
        with database.writing() as session:
            session.execute(
                update(LoginSession).where(LoginSession.token_sha256 == digest).values(last_seen=now)
            )
    return _account(found.User)


def set_language(database: Database, account: Account, language: str) -> Account:
    """Change the language in which somebody sees the pages."""
    with database.writing() as session:
        user = session.get_one(User, account.id)
        user.language = language
    return _account(user)


def checked_name(name: str) -> str:
    """A name as it is stored.

    Raises:
        ConfigError: it is empty, too long, or holds commas or characters that do not print.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(name) <= NAME_LENGTH or "," in name or not name.isprintable():
        raise ConfigError(
            f"account {name[:NAME_LENGTH]!r}: a name has 1 to {NAME_LENGTH} characters, and no comma"
        )
    return name


def checked_display(display: str) -> str:
    """The name by which others see somebody, as it is stored.

    Raises:
        ConfigError: it is too long, or holds characters that do not print.
    """
    display = unicodedata.normalize("NFC", display).strip()
    if len(display) > _MOST_DISPLAY or not display.isprintable():
        raise ConfigError(f"display: at most {_MOST_DISPLAY} characters, and only such as print")
    return display


def new_password(password: str | None = None) -> str:
    """A password as it may be, made here unless given.

    Raises:
        ConfigError: it is too short or too long.
    """
    if password is None:
        return passwords.generate()
    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        raise ConfigError(
            f"password: {passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters, got {len(password)}"
        )
    return password


def _by_name(session: Session, name: str) -> User | None:
    if not name.isprintable():  # nobody's, and PostgreSQL would refuse a NUL with an error
        return None
    return session.scalars(select(User).where(User.name == name)).one_or_none()


def _named(session: Session, name: str) -> User:
    if (user := _by_name(session, checked_name(name))) is None:
        raise NotFound(f"account {name}: there is none of this name")
    return user


def _account(user: User) -> Account:
    return Account(user.id, user.name, user.display, user.role, user.language, user.disabled)


def token_digest(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
