"""Adding to a draft's ledger, and knowing a request again that is sent twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom.tables import DraftRow, LedgerRow
from caibian.storage.refusals import Invalid


def digest(*parts: Any) -> str:
    """SHA-256 of values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def repeated(session: Session, account: Account, key: str, content: str) -> LedgerRow | None:
    """The line that an earlier request with this key left; None where there was none.

    Raises:
        Invalid: the key was used for something else.
    """
    row = session.scalars(
        select(LedgerRow).where(LedgerRow.user_id == account.id, LedgerRow.key_sha256 == digest(key))
    ).one_or_none()
    if row is not None and row.content_sha256 != content:
        raise Invalid("key: was used for another request; make a new one for each")
    return row


@contextmanager
def writing(database: Database) -> Iterator[Session]:
    """A transaction that adds lines to the ledger of a draft which it has locked.

    Raises:
        Invalid: the key of a line was used at the same moment for another draft.
    """
    try:
        with database.writing() as session:
            yield session
    except IntegrityError as error:
        raise Invalid("key: was used for another request; make a new one for each") from error


def add(
    session: Session,
    account: Account,
    draft: DraftRow,
    kind: str,
    at: datetime,
    detail: dict[str, Any],
    key: str | None = None,
    content: str | None = None,
) -> LedgerRow:
    """Add a line; the draft's row is locked and already says what the draft has become."""
    draft.entries += 1
    row = LedgerRow(
        draft_id=draft.id,
        number=draft.entries,
        at=at,
        user_id=account.id,
        by=account.name,
        role=account.role,
        kind=kind,
        revision=draft.revision,
        state=draft.state,
        detail=detail,
        key_sha256=None if key is None else digest(key),
        content_sha256=content,
    )
    session.add(row)
    session.flush()
    return row
