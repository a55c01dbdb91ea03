"""Who asks: the account behind a bearer token, and the address of a login."""

from __future__ import annotations

import re
from typing import Annotated

from caibian.errors import MissingExtra
from caibian.service.problems import Denied
from caibian.storage.accounts import Account, bearer
from caibian.storage.database import Database
from caibian.storage.refusals import NotFound

try:
    from fastapi import Depends, Request
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

_ID = re.compile(r"[0-9a-f]{32}")


# Dependencies that only look something up are `async`: others are each handed to a thread.
async def database(request: Request) -> Database:
    """The application's database."""
    found: Database = request.app.state.database
    return found


Db = Annotated[Database, Depends(database)]


def token(request: Request) -> str:
    """The bearer token of a request.

    Raises:
        Denied: there is none.
    """
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise Denied(401, "log in first: send 'Authorization: Bearer TOKEN'")
    return value.strip()


Token = Annotated[str, Depends(token)]


def caller(db: Db, token: Token) -> Account:
    """The account behind the token.

    Raises:
        Denied: the token is unknown or has expired, or the account was disabled.
    """
    if (account := bearer(db, token)) is None:
        raise Denied(401, "the session has ended; log in again")
    return account


Caller = Annotated[Account, Depends(caller)]


def organiser(account: Caller) -> Account:
    """The account behind the token, if it may see systems and other people's work.

    Raises:
        Denied: it may not.
    """
    if account.role != "organiser":
        raise Denied(403, "for organisers only")
    return account


async def address(request: Request) -> str:
    """Where a request comes from; a trusted proxy before us has named the true address (see `run`)."""
    return request.client.host[:64] if request.client else ""


Address = Annotated[str, Depends(address)]


async def known_id(id: str) -> str:
    """The `{id}` of a path, if it can be one.

    Raises:
        NotFound: it cannot.
    """
    if not _ID.fullmatch(id):
        raise NotFound("there is no such thing")
    return id


Id = Annotated[str, Depends(known_id)]
