"""Drafts and their review, as `caibian.api.drafts` lists them. Each route answers when its change is committed, never
before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from caibian.api.drafts import (
    Comment,
    Decision,
    Draft,
    DraftRow,
    EditDraft,
    Examination,
    Format,
    LedgerEntry,
    NewComment,
    NewDraft,
    State,
    Step,
    Version,
)
from caibian.api.tasks import Checked
from caibian.api.wire import CHIEFS, EDITORS
from caibian.errors import InputError, MissingExtra
from caibian.service.admission import Admitted, admitted
from caibian.service.callers import Db, Id
from caibian.service.newsroom import drafting
from caibian.service.newsroom.routes.tasks import Book
from caibian.service.newsroom.text_bodies import whole_characters
from caibian.service.problems import Stale
from caibian.service.settings import HouseSettings
from caibian.storage.database import Database
from caibian.storage.newsroom import drafts, remarks, review
from caibian.storage.newsroom.drafts import MOST_LISTED, View
from caibian.storage.newsroom.rights import Act
from caibian.storage.refusals import Invalid, Outdated

try:
    from fastapi import APIRouter, Depends, Query, Request, Response
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["drafts"], dependencies=[Depends(whole_characters)])

Asker = Annotated[Admitted, Depends(admitted("drafts"))]
Editor = Annotated[Admitted, Depends(admitted("drafts", EDITORS))]
Chief = Annotated[Admitted, Depends(admitted("drafts", CHIEFS))]
_FILE = {
    media_type: {"schema": {"type": "string", "format": "binary"}}
    for media_type in (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/pdf",
        "text/markdown",
        "text/html",
    )
} | {"application/json": {"schema": {"type": "object"}}}
Exporter = Annotated[Admitted, Depends(admitted("export"))]


@router.post("/drafts")
def create(db: Db, asker: Asker, body: NewDraft) -> Draft:
    """Begin a draft; it is its author's until they submit it."""
    return drafting.draft(
        review.create(
            db,
            asker.account,
            title=body.title,
            body=body.body,
            key=body.key,
            language=body.language,
            source=body.source,
            published_at=body.published_at,
            origin=None if body.origin is None else body.origin.model_dump(mode="json"),
        )
    )


@router.get("/drafts")
def listing(
    db: Db,
    asker: Asker,
    state: State | None = None,
    mine: bool = False,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = MOST_LISTED,
) -> list[DraftRow]:
    """Drafts, the newest change first: an editor's are all of them, a reporter's their own."""
    return [drafting.draft_row(one) for one in drafts.listing(db, asker.account, state, mine, limit)]


@router.get("/drafts/{id}")
def read(db: Db, asker: Asker, id: Id) -> Draft:
    """A draft, and what the asker may do with it now."""
    return drafting.draft(drafts.read(db, asker.account, id))


@router.put("/drafts/{id}")
def edit(db: Db, asker: Asker, id: Id, body: EditDraft) -> Draft:
    """Change title and text; the ledger keeps what was changed, the versions how it was."""
    return _write(
        db,
        asker,
        id,
        lambda: review.edit(
            db,
            asker.account,
            id,
            title=body.title,
            body=body.body,
            revision=body.revision,
            key=body.key,
        ),
    )


@router.post("/drafts/{id}/submit")
def submit(db: Db, asker: Asker, id: Id, body: Step) -> Draft:
    """Hand a draft to the editors."""
    return _step(db, asker, id, "submit", body)


@router.post("/drafts/{id}/decide")
def decide(db: Db, asker: Editor, id: Id, body: Decision) -> Draft:
    """Pass a draft on, or return it to its author."""
    return _step(db, asker, id, body.decision, body)


@router.post("/drafts/{id}/publish")
def publish(db: Db, asker: Chief, id: Id, body: Step) -> Draft:
    """Mark an approved draft as published."""
    return _step(db, asker, id, "publish", body)


@router.post("/drafts/{id}/comments")
def say(db: Db, asker: Asker, id: Id, body: NewComment) -> Comment:
    """Comment on a draft, or on a passage of it."""
    return drafting.comment(remarks.say(db, asker.account, id, **body.model_dump()))


@router.post("/drafts/{id}/examined")
def examined(db: Db, asker: Asker, id: Id, body: Examination) -> LedgerEntry:
    """Record that a statement was held against a source."""
    detail = body.model_dump(include={"text", "verdict", "against", "note"})
    return drafting.entry(
        remarks.examine(db, asker.account, id, detail=detail, revision=body.revision, key=body.key)
    )


@router.get("/drafts/{id}/ledger")
def ledger(db: Db, asker: Asker, id: Id) -> list[LedgerEntry]:
    """Who did what to the draft, oldest first."""
    return [drafting.entry(line) for line in drafts.ledger(db, asker.account, id)]


@router.get("/drafts/{id}/versions")
def versions(db: Db, asker: Asker, id: Id) -> list[Version]:
    """The texts that the draft had, oldest first. A revision without one had the text of the version before it."""
    return [drafting.version(one) for one in drafts.versions(db, asker.account, id)]


@router.get("/drafts/{id}/facts")
def facts(db: Db, asker: Asker, book: Book, id: Id) -> Checked:
    """What the source says to the facts of the draft's body as it stands, and its task's checks, if it came of one."""
    return drafting.checked(drafts.read(db, asker.account, id), book)


@router.get("/drafts/{id}/export", response_class=Response, responses={200: {"content": _FILE}})
def export(request: Request, db: Db, asker: Exporter, id: Id, format: Format) -> Response:
    """The draft as a file, with the labels of AI-generated content where a model had a part in it."""
    house: HouseSettings = request.app.state.settings
    view = drafts.read(db, asker.account, id)
    entries = drafts.ledger(db, asker.account, id)
    try:
        file = drafting.as_file(view, entries, format, house.labels, house.zone)
    except InputError as error:
        raise Invalid(f"format: {error}") from error
    detail = {"format": format, "produce_id": file.produce_id, "of_revision": view.heading.revision}
    remarks.exported(db, asker.account, id, detail)
    return Response(
        file.content, media_type=file.media_type, headers={"Content-Disposition": file.disposition}
    )


def _step(db: Database, asker: Admitted, id: str, act: Act, body: Step) -> Draft:
    return _write(
        db,
        asker,
        id,
        lambda: review.step(db, asker.account, id, act, revision=body.revision, key=body.key, note=body.note),
    )


def _write(db: Database, asker: Admitted, id: str, write: Callable[[], View]) -> Draft:
    try:
        return drafting.draft(write())
    except Outdated as refusal:
        raise Stale(refusal, drafting.draft(drafts.read(db, asker.account, id))) from refusal
