"""The expert panel over HTTP. To an expert systems never appear: answers stand under their seat's letter alone.

Routes, all under `PREFIX`, all but the first two with `Authorization: Bearer TOKEN`:

    GET  /health                         no body that matters; 503 while the database is away
    POST /login                          Login -> Session; 401, or 429 with Retry-After
    POST /logout                         -> 204; the token is void from then on
    GET  /me                             -> Me
    PUT  /me                             Preferences -> Me
    GET  /panels                         -> list[PanelOverview]
    GET  /panels/{id}/next               -> Next
    GET  /panels/{id}/assignments        -> list[AssignmentRow], the expert's own, in order
    GET  /assignments/{id}               -> Assignment
    PUT  /assignments/{id}/draft         Draft -> Saved; `order` may be incomplete
    PUT  /assignments/{id}/ranking       Draft -> Saved; `order` must name each answer once
    PUT  /assignments/{id}/skip          Skip -> Saved
  organisers only:
    GET  /panels/{id}/progress           -> PanelProgress
    GET  /panels/{id}/items/{example:path} -> ItemText, systems named; an example's id may hold slashes
    GET  /panels/{id}/rankings           -> list[RankingRow]
    GET  /panels/{id}/agreement          -> the report of caibian.evaluation.agreement as a JSON object

A PUT that builds on an older revision gives 409 with the state as it is now in `Problem.current`; the same PUT sent
twice is harmless: the second gives what the first gave. A draft never undoes a ranking or a skip; a ranking replaces
a skip and the other way round, until the panel is closed (409, code `closed`). An organiser knows which system said
what and therefore ranks nothing. A page that logs in for somebody passes the browser's address on in
`X-Forwarded-For`, or all its users share one limit on failed logins.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from caibian.api.wire import Problem as AnyProblem
from caibian.api.wire import Wire

PREFIX = "/v1/panel"
SKIP_REASONS = ("not_my_field", "cannot_tell", "all_unusable", "task_unclear", "other")
"""Why an expert may pass an item over; the wordings stand in the catalogue of the pages."""

State = Literal["open", "started", "ranked", "skipped"]


class PanelOverview(Wire):
    """One of GET /panels: a panel in which the expert has assignments, and how far they are.

    An organiser sees every panel, with the assignments of all its experts counted together and no `next`.
    """

    id: str
    name: str
    assigned: int
    ranked: int
    skipped: int
    next: str | None = None  # id of the assignment to go on with: a started one, else the first open one
    closed: bool = False  # nothing can be changed any more


class Next(Wire):
    """GET /panels/{id}/next: the assignment to go on with; None where nothing is left."""

    next: str | None = None


class AssignmentRow(Wire):
    """One of GET /panels/{id}/assignments."""

    id: str
    position: int
    state: State
    card_name_zh: str
    card_name_en: str


class Dimension(Wire):
    """A dimension of the card's rubric, which an answer may violate."""

    id: str
    zh: str
    en: str


class ShownAnswer(Wire):
    """An answer under the letter of its seat. Text as the model gave it: shown as text, never as HTML."""

    key: str  # A, B, C …
    text: str


class Draft(Wire):
    """What an expert has done so far, or hands in. PUT /assignments/{id}/draft, PUT /assignments/{id}/ranking."""

    order: list[str] = Field(default_factory=list, description="keys of the answers, best first")
    violations: dict[str, list[str]] = Field(default_factory=dict, description="key -> dimensions violated")
    comment: str = Field("", max_length=4000)
    seconds: float = Field(0.0, ge=0, allow_inf_nan=False, description="time spent on the item so far")
    revision: int = Field(
        0, ge=0, description="of the state that this builds on; an older one is refused (409)"
    )


class Skip(Wire):
    """PUT /assignments/{id}/skip."""

    reason: Literal["not_my_field", "cannot_tell", "all_unusable", "task_unclear", "other"]
    comment: str = Field("", max_length=4000)
    revision: int = Field(0, ge=0)


class Assignment(Wire):
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
    closed: bool = False  # the panel is: the item can be read, not changed


class Saved(Wire):
    """What a PUT gives: the new revision, the state, and where to go on (None: nothing open is left)."""

    revision: int
    state: State
    next: str | None = None


class ExpertProgress(Wire):
    """How far one expert of a panel is."""

    name: str
    display: str
    assigned: int
    started: int
    ranked: int
    skipped: int
    median_seconds: float | None = None  # an item, over those ranked
    last_at: datetime | None = None  # of the last ranking or skip


class ItemProgress(Wire):
    """How far one item of a panel is."""

    example_id: str
    card: str
    card_name_zh: str
    card_name_en: str
    language: str
    wanted: int  # experts
    assigned: int
    ranked: int
    skipped: int


class PanelProgress(Wire):
    """GET /panels/{id}/progress."""

    id: str
    name: str
    closed: bool
    systems: list[str]
    experts: list[ExpertProgress]
    items: list[ItemProgress]


class ItemText(Wire):
    """GET /panels/{id}/items/{example}: what an item asks and what each system answered, for adjudication."""

    example_id: str
    language: str
    instruction: str
    input: str
    answers: dict[str, str]  # system -> text as the model gave it: shown as text, never as HTML


class RankingRow(Wire):
    """One of GET /panels/{id}/rankings: a `Ranking` of kind expert, systems named; a skip is an abstention."""

    example_id: str
    judge: str
    order: list[str]
    abstained: str | None = None
    kind: str = "expert"
    shown: list[str]
    repeat: int = 0
    violations: dict[str, list[str]]
    comment: str | None = None
    seconds: float
    at: datetime | None = None


class Problem(AnyProblem):
    """A `Problem` of the panel."""

    current: Assignment | None = None  # with conflict and closed: the item as it is now
