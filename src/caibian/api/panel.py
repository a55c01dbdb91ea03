"""The expert panel over HTTP. Systems never appear here: an expert sees answers by their seat's letter alone."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "/v1/panel"
SKIP_REASONS = ("not_my_field", "cannot_tell", "all_unusable", "task_unclear", "other")
"""Why an expert may pass an item over; the wordings stand in the catalogue of the pages."""

State = Literal["open", "started", "ranked", "skipped"]
Role = Literal["expert", "organiser"]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Login(_Wire):
    """POST /login."""

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=200)


class Me(_Wire):
    """GET /me: who is logged in."""

    name: str
    display: str
    role: Role
    language: Literal["zh", "en"] = "zh"


class Session(_Wire):
    """What a login gives: a bearer token, and who it stands for."""

    token: str
    me: Me


class PanelOverview(_Wire):
    """One of GET /panels: a panel in which the expert has assignments, and how far they are."""

    id: str
    name: str
    assigned: int
    ranked: int
    skipped: int
    next: str | None = None  # id of the assignment to go on with: a started one, else the first open one


class Dimension(_Wire):
    """A dimension of the card's rubric, which an answer may violate."""

    id: str
    zh: str
    en: str


class ShownAnswer(_Wire):
    """An answer under the letter of its seat. Text as the model gave it: shown as text, never as HTML."""

    key: str  # A, B, C …
    text: str


class Draft(_Wire):
    """What an expert has done so far, or hands in. PUT /assignments/{id}/draft, PUT /assignments/{id}/ranking."""

    order: list[str] = Field(default_factory=list, description="keys of the answers, best first")
    violations: dict[str, list[str]] = Field(default_factory=dict, description="key -> dimensions violated")
    comment: str = Field("", max_length=4000)
    seconds: float = Field(0.0, ge=0, description="time spent on the item so far")
    revision: int = Field(0, ge=0, description="of the state that this builds on; an older one is refused (409)")


class Skip(_Wire):
    """PUT /assignments/{id}/skip."""

    reason: Literal["not_my_field", "cannot_tell", "all_unusable", "task_unclear", "other"]
    comment: str = Field("", max_length=4000)
    revision: int = Field(0, ge=0)


class Assignment(_Wire):
    """GET /assignments/{id}: one item as its expert sees it, with what they have done so far."""

    id: str
    panel: str
    state: State
    position: int  # from 1, among this expert's assignments of the panel
    total: int
    previous: str | None = None
    following: str | None = None  # the next in order, whatever its state
    language: str
    card: str
    card_name_zh: str
    card_name_en: str
    instruction: str
    input: str
    answers: list[ShownAnswer]
    rubric: list[Dimension]
    draft: Draft
    skip_reason: str | None = None


class Saved(_Wire):
    """What a PUT gives: the new revision, the state, and where to go on (None: nothing open is left)."""

    revision: int
    state: State
    next: str | None = None


class Problem(_Wire):
    """The body of every 4xx answer. code: unauthorised, forbidden, not_found, conflict, invalid, too_many."""

    code: str
    message: str
