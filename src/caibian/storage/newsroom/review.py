"""What people do to drafts: write, change, hand in, decide, publish. Each act leaves a line in the ledger in the
transaction that carries it out, and nothing acknowledged is ever lost.

A change names the revision that it builds on; an older one is refused. The same request sent again, after an answer
that got lost, changes nothing and gives what the first gave.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caibian.storage import audit
from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.newsroom import ledger, rights
from caibian.storage.newsroom.drafts import View, text_at, view, visible
from caibian.storage.newsroom.tables import DraftRow, VersionRow
from caibian.storage.refusals import Forbidden, Outdated
from caibian.text import changes

_LEDGER_KIND: dict[rights.Act, str] = {
    "submit": "submitted",
    "approve": "approved",
    "return": "returned",
    "publish": "published",
}
_MOST_PASSAGES = 100  # of an edit that stand in the ledger; the versions hold it whole
_MOST_PASSAGE = 1000  # characters of one


def create(
    database: Database,
    account: Account,
    *,
    title: str,
    body: str,
    key: str,
    language: str = "zh",
    source: str = "",
    published_at: datetime | None = None,
    origin: dict[str, Any] | None = None,
) -> View:
    """A new draft, in the state `draft`.

    Raises:
        Invalid: the key was used for something else.
    """
    content = ledger.digest("create", title, body, language, source, published_at, origin)
    try:
        return _created(
            database, account, title, body, key, content, (language, source, published_at, origin)
        )
    except IntegrityError:  # the same request came in twice at once, and the other one was first
        with database.reading() as session:
            if (first := ledger.repeated(session, account, key, content)) is None:
                raise
            return view(session, account, session.get_one(DraftRow, first.draft_id))


def edit(
    database: Database, account: Account, draft_id: str, *, title: str, body: str, revision: int, key: str
) -> View:
    """Change a draft's title and text. A change that changes nothing leaves no line.

    Raises:
        NotFound, Invalid, Outdated, Forbidden.
    """

    def change(session: Session, draft: DraftRow, at: datetime) -> dict[str, Any] | None:
        before = text_at(session, draft.id, draft.revision)
        if (before.title, before.body) == (title, body):
            return None
        passages = changes(before.body, body)
        draft.revision += 1
        draft.version, draft.chars = draft.revision, len(body)
        session.add(_version(draft, account, at, title, body))
        detail: dict[str, Any] = {
            "inserted": sum(len(one.after) for one in passages),
            "deleted": sum(len(one.before) for one in passages),
            "changed": [
                {"before": _short(one.before), "after": _short(one.after)}
                for one in passages[:_MOST_PASSAGES]
            ],
        }
        if len(passages) > _MOST_PASSAGES:
            detail["more"] = len(passages) - _MOST_PASSAGES
        if before.title != title:
            detail["title"] = {"before": before.title, "after": title}
        return detail

    return _write(database, account, draft_id, "edit", "edited", revision, key, [title, body], change)


def step(
    database: Database,
    account: Account,
    draft_id: str,
    act: rights.Act,
    *,
    revision: int,
    key: str,
    note: str = "",
) -> View:
    """Submit, approve, return or publish a draft. The ledger keeps the SHA-256 of the text that it was done to.

    Raises:
        NotFound, Invalid, Outdated, Forbidden.
    """

    def change(session: Session, draft: DraftRow, at: datetime) -> dict[str, Any]:
        text = text_at(session, draft.id, draft.revision)
        draft.state = rights.STEPS[(draft.state, act)]  # type: ignore[index]
        draft.revision += 1
        if act == "publish":
            audit.record(session, at, account.name, "publish draft", draft.id, revision=draft.revision)
        whole = f"{text.title}\0{text.body}".encode("utf-8", "surrogatepass")
        detail = {"version": text.revision, "sha256": hashlib.sha256(whole).hexdigest()}
        return detail | ({"note": note} if note else {})

    kind = _LEDGER_KIND[act]
    return _write(database, account, draft_id, act, kind, revision, key, [note], change)


def _created(
    database: Database,
    account: Account,
    title: str,
    body: str,
    key: str,
    content: str,
    rest: tuple[str, str, datetime | None, dict[str, Any] | None],
) -> View:
    language, source, published_at, origin = rest
    at = database.clock()
    with database.writing() as session:
        if (done := ledger.repeated(session, account, key, content)) is not None:
            return view(session, account, session.get_one(DraftRow, done.draft_id))
        draft = DraftRow(
            id=uuid.uuid4().hex,
            user_id=account.id,
            language=language,
            state="draft",
            revision=1,
            version=1,
            chars=len(body),
            entries=0,
            comments=0,
            examined=0,
            source=source,
            published_at=published_at,
            origin=origin,
            created_at=at,
            updated_at=at,
        )
        session.add(draft)
        session.flush()
        session.add(_version(draft, account, at, title, body))
        made = {name: value for name, value in (origin or {}).items() if name != "text" and value}
        ledger.add(session, account, draft, "created", at, {"origin": made or None}, key, content)
        return view(session, account, draft)


def _write(
    database: Database,
    account: Account,
    draft_id: str,
    act: rights.Act,
    kind: str,
    revision: int,
    key: str,
    what: list[Any],
    change: Callable[[Session, DraftRow, datetime], dict[str, Any] | None],
) -> View:
    content = ledger.digest(act, draft_id, revision, *what)
    with ledger.writing(database) as session:
        draft = visible(session, account, draft_id, lock=True)
        if ledger.repeated(session, account, key, content) is None:
            _allowed(draft, account, act, revision)
            at = database.clock()
            detail = change(session, draft, at)
            if detail is not None:
                draft.updated_at = at
                ledger.add(session, account, draft, kind, at, detail, key, content)
        return view(session, account, draft)


def _allowed(draft: DraftRow, account: Account, act: rights.Act, revision: int) -> None:
    own, state = draft.user_id == account.id, draft.state
    if draft.revision != revision:
        raise Outdated(
            f"the draft was changed elsewhere: it is at revision {draft.revision}, this builds on {revision}"
        )
    if not rights.fits(state, act):  # type: ignore[arg-type]
        raise Outdated(f"the draft is in the state {state!r}; {act} is not possible there")
    if (why := rights.forbids(state, act, own, account.role)) is not None:  # type: ignore[arg-type]
        raise Forbidden(why)


def _version(draft: DraftRow, account: Account, at: datetime, title: str, body: str) -> VersionRow:
    return VersionRow(
        draft_id=draft.id, revision=draft.revision, at=at, by=account.name, title=title, body=body
    )


def _short(text: str) -> str:
    return text if len(text) <= _MOST_PASSAGE else text[: _MOST_PASSAGE - 1] + "…"
