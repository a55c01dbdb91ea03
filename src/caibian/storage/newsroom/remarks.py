"""What people say of drafts without changing them: comments, examinations against a source, and that one was given
out as a file. Each leaves a line in the ledger; see `review`."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from caibian.storage import audit
from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom import ledger
from caibian.storage.newsroom.drafts import Comment, Entry, comment, entry, text_at, visible
from caibian.storage.newsroom.tables import CommentRow, DraftRow
from caibian.storage.refusals import Invalid


def say(
    database: Database,
    account: Account,
    draft_id: str,
    *,
    text: str,
    revision: int,
    key: str,
    start: int | None = None,
    end: int | None = None,
) -> Comment:
    """Comment on a draft, or on a passage of its body as it was at `revision`.

    Raises:
        NotFound: there is no such draft for this account.
        Invalid: there is no such passage; or the key was used for something else.
    """
    content = ledger.digest("comment", draft_id, text, revision, start, end)
    with ledger.writing(database) as session:
        draft = visible(session, account, draft_id, lock=True)
        if (done := ledger.repeated(session, account, key, content)) is not None:
            return comment(session.get_one(CommentRow, done.detail["comment"]), account.display)
        quote = _passage(session, draft, revision, start, end)
        at = database.clock()
        row = CommentRow(
            id=uuid.uuid4().hex,
            draft_id=draft.id,
            by=account.name,
            at=at,
            text=text,
            start=start,
            end=end,
            quote=quote,
            revision=revision,
        )
        session.add(row)
        draft.comments += 1
        detail = {"comment": row.id, "text": text, "quote": quote}
        ledger.add(session, account, draft, "commented", at, detail, key, content)
        return comment(row, account.display)


def examine(
    database: Database, account: Account, draft_id: str, *, detail: dict[str, Any], revision: int, key: str
) -> Entry:
    """Record that somebody held a statement of the draft against a source.

    Args:
        detail: text, verdict, against, note. Whether the text stands in the draft at `revision` is noted beside them.

    Raises:
        NotFound, Invalid: as `say`.
    """
    content = ledger.digest("examine", draft_id, detail, revision)
    with ledger.writing(database) as session:
        draft = visible(session, account, draft_id, lock=True)
        if (done := ledger.repeated(session, account, key, content)) is not None:
            return entry(done, account.display)
        _known(draft, revision)
        text = text_at(session, draft.id, revision)
        stands = detail["text"] in text.body or detail["text"] in text.title
        draft.examined += 1
        known = {**detail, "stands": stands, "at_revision": revision}
        line = ledger.add(session, account, draft, "examined", database.clock(), known, key, content)
        return entry(line, account.display)


def exported(database: Database, account: Account, draft_id: str, detail: dict[str, Any]) -> Entry:
    """Record that a draft was given out as a file.

    Raises:
        NotFound: there is no such draft for this account.
    """
    with database.writing() as session:
        draft, at = visible(session, account, draft_id, lock=True), database.clock()
        audit.record(session, at, account.name, "export draft", draft.id, **detail)
        return entry(ledger.add(session, account, draft, "exported", at, detail), account.display)


def _passage(session: Session, draft: DraftRow, revision: int, start: int | None, end: int | None) -> str:
    _known(draft, revision)
    if start is None and end is None:
        return ""
    body = text_at(session, draft.id, revision).body
    if start is None or end is None or not start < end <= len(body):
        raise Invalid(f"start, end: no passage of the body, which has {len(body):,} characters")
    return body[start:end]


def _known(draft: DraftRow, revision: int) -> None:
    if not 1 <= revision <= draft.revision:
        raise Invalid(f"revision: there is no {revision}; the draft is at {draft.revision}")
