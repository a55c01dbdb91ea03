"""Drafts, their review, and the ledger of who examined what, over HTTP.

    POST /v1/drafts                      NewDraft -> Draft                               DESK
    GET  /v1/drafts?state=&mine=&limit=  -> list[DraftRow], newest change first; a reporter sees their own    DESK
    GET  /v1/drafts/{id}                 -> Draft                                        DESK
    PUT  /v1/drafts/{id}                 EditDraft -> Draft; the author in `draft`, EDITORS in `review`, CHIEFS in `final`
    POST /v1/drafts/{id}/submit          Step -> Draft; draft -> review; the author      DESK
    POST /v1/drafts/{id}/decide          Decision -> Draft                 EDITORS in `review`, CHIEFS in `final`, `approved`
    POST /v1/drafts/{id}/publish         Step -> Draft; approved -> published            CHIEFS
    POST /v1/drafts/{id}/comments        NewComment -> Comment                           DESK
    POST /v1/drafts/{id}/examined        Examination -> LedgerEntry                      DESK
    GET  /v1/drafts/{id}/ledger          -> list[LedgerEntry], oldest first              DESK
    GET  /v1/drafts/{id}/versions        -> list[Version], oldest first                  DESK
    GET  /v1/drafts/{id}/facts           -> Checked, of the text as it stands            DESK
    GET  /v1/drafts/{id}/export?format=  -> the file; docx, markdown, html, wechat, ninjs, pdf, ledger (JSON)   DESK
    POST /v1/labels/verify               multipart field `file` -> Labelled              DESK

States: draft -> review (an editor) -> final (a chief editor) -> approved -> published. A decision `return` leads back to
`draft`, from `approved` too (CHIEFS), `approve` one step on. Nobody decides on a draft of their own (403), except that
an admin may. Every change of the text or of the state makes a new `revision`, the first is 1. A change that builds on an
older one, or that the state does not admit, gives 409 with the Draft as it is in `Problem.current`; the same request
sent twice with the same `key` is carried out once. The ledger is only ever added to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from caibian.api.wire import Language, Moment, Wire

MOST_BODY = 200_000  # characters
MOST_TITLE = 500
MOST_NOTE = 4_000

State = Literal["draft", "review", "final", "approved", "published"]
Format = Literal["docx", "markdown", "html", "wechat", "ninjs", "pdf", "ledger"]
FORMATS: tuple[Format, ...] = ("docx", "markdown", "html", "wechat", "ninjs", "pdf", "ledger")


class Origin(Wire):
    """Where a draft's first text came from; the basis of its AI label."""

    task: str | None = Field(None, max_length=200)
    model: str | None = Field(None, max_length=200)
    answer: str | None = Field(None, max_length=64, description="id of the TaskAnswer")
    article: str | None = Field(None, max_length=64)
    text: str = Field("", max_length=MOST_BODY, description="what the model wrote, before anyone changed it")


class NewDraft(Wire):
    """POST /v1/drafts."""

    title: str = Field(max_length=MOST_TITLE)
    body: str = Field(max_length=MOST_BODY)
    language: Language = "zh"
    source: str = Field("", max_length=MOST_BODY, description="what its facts are checked against")
    published_at: Moment | None = Field(None, description="of the source")
    origin: Origin | None = Field(None, description="None: no model had a part in it")
    key: str = Field(min_length=8, max_length=64, description="made by the client; makes a repeat harmless")


class EditDraft(Wire):
    """PUT /v1/drafts/{id}."""

    title: str = Field(max_length=MOST_TITLE)
    body: str = Field(max_length=MOST_BODY)
    revision: int = Field(ge=0)
    key: str = Field(min_length=8, max_length=64)


class Step(Wire):
    """POST …/submit and …/publish."""

    revision: int = Field(ge=0)
    note: str = Field("", max_length=MOST_NOTE)
    key: str = Field(min_length=8, max_length=64)


class Decision(Step):
    """POST …/decide."""

    decision: Literal["approve", "return"]


class NewComment(Wire):
    """POST …/comments; with offsets, on a passage of the body as it is at `revision`."""

    text: str = Field(min_length=1, max_length=MOST_NOTE)
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=0)
    revision: int = Field(ge=0)
    key: str = Field(min_length=8, max_length=64)


class Comment(Wire):
    """What somebody said about a draft."""

    id: str
    by: str
    by_name: str  # the name of the account's owner, as it is now
    at: datetime
    text: str
    start: int | None
    end: int | None
    quote: str  # the passage
    revision: int


class Examination(Wire):
    """POST …/examined: somebody held a statement of the draft against a source."""

    text: str = Field(min_length=1, max_length=2000, description="the statement, as it stands in the draft")
    verdict: Literal["confirmed", "corrected", "removed", "doubtful"]
    against: str = Field(
        min_length=1, max_length=2000, description="the source: a passage, an address, a person"
    )
    note: str = Field("", max_length=MOST_NOTE)
    revision: int = Field(ge=0)
    key: str = Field(min_length=8, max_length=64)


LedgerKind = Literal[
    "created", "edited", "submitted", "approved", "returned", "published", "commented", "examined", "exported"
]


class LedgerEntry(Wire):
    """One line of the record: who did what to which revision, when.

    revision, state: of the draft once it was done. detail: for `created` its `origin` without the text; for `edited` the
    number of characters `inserted` and `deleted`, `changed`, a list of passages `before` and `after` (`more`: how many
    are left out), and `title` if that changed; for steps the `note`, and the `version` and `sha256` of the text (title,
    NUL, body) they were done to; for `commented` comment (its id), text, quote; for `examined` text, verdict, against,
    note, and `stands`: whether the text stands in the draft; for `exported` the format and `produce_id`, the ProduceID
    of its label.
    """

    number: int  # from 1
    at: datetime
    by: str
    by_name: str  # the name of the account's owner, as it is now
    role: str
    kind: LedgerKind
    revision: int
    state: State
    detail: dict[str, object]


class Version(Wire):
    """A draft's text from one revision on, until that of the next version."""

    revision: int
    at: datetime
    by: str
    by_name: str  # the name of the account's owner, as it is now
    title: str
    body: str


class DraftRow(Wire):
    """A draft in a list."""

    id: str
    title: str
    language: Language
    state: State
    author: str
    author_name: str
    revision: int
    chars: int
    comments: int
    ai: bool  # a model had a part in it
    created_at: datetime
    updated_at: datetime


class Draft(DraftRow):
    """A whole draft."""

    body: str
    source: str
    published_at: datetime | None
    origin: Origin | None
    notes: list[Comment]
    examined: int  # entries of the ledger of this kind
    may: list[
        Literal["edit", "submit", "approve", "return", "publish", "comment", "export"]
    ]  # what the asker may do now


class Labelled(Wire):
    """What a file says of its being made by AI, as a verifier reads it back."""

    format: str  # html, docx, pdf, png, jpeg
    aigc: dict[str, str] | None  # the metadata of GB 45438-2025; None: the file has none
    visible: bool | None  # whether the visible wording was found; None: cannot be seen in this format
    problems: list[str]  # what the standard asks for and the file lacks
