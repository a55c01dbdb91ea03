"""Tasks over HTTP: what the cards offer, one run of one task, and the live check of a text.

    GET  /v1/tasks                    -> list[Task]                     DESK
    GET  /v1/tasks/{id}               -> Task                           DESK
    POST /v1/tasks/{id}/run           Run -> TaskAnswer, or with `stream` server-sent events   DESK
    POST /v1/check                    ToCheck -> Checked                DESK
    GET  /v1/engines                  -> list[Engine]                   every account but experts

A run is refused with 404 (no such task), 422 (it does not fit the task; `refused_topic` where the house has ruled its
topic out), 429, 502, 503 or 504 (no engine answers). A stream that has begun ends with the error instead.

A stream has `event: piece` with `Piece`, then either `event: answer` with `TaskAnswer` or `event: error` with
`Problem`; comments (`: …`) keep it open while the model reads. Closing the connection stops the model.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from caibian.api.wire import Language, When, Wire

MOST_INPUT = 60_000  # characters of all fields together
MOST_TEXT = 60_000  # characters of a text to check

Input = dict[str, Annotated[str, StringConstraints(max_length=MOST_INPUT)]]


class Wording(Wire):
    """One wording in Chinese and in English."""

    zh: str
    en: str


class FormField(Wire):
    """A field of a task's form."""

    id: str
    name: Wording
    required: bool
    long: bool  # a text of several lines: an article, notes; else one line: a platform, an angle


class Shape(Wire):
    """What the answer must look like; limits in characters by language, absent where there is none."""

    kind: Literal["text", "label", "json"]
    language: Literal["same", "zh", "en", "ar", "hi"]
    max_chars: dict[str, int]
    min_chars: dict[str, int]
    lines: int | None
    labels: dict[str, Wording]  # canonical id -> how it is shown


class Task(Wire):
    """A task card, as a form needs it."""

    id: str
    name: Wording
    category: Literal["creation", "rewriting", "understanding", "qa"]
    add_views: bool  # the answer may hold views that the source does not
    alter_facts: bool  # it may hold facts that the source does not, as fiction does
    fields: list[FormField]
    output: Shape
    languages: list[Language]
    instructions: dict[str, list[str]]  # language -> wordings; `variant` of a run is an index
    checks: list[str]
    rubric: dict[str, Wording]
    example: dict[str, str]  # a worked input, field -> text, for the button that fills the form


class Run(Wire):
    """POST /v1/tasks/{id}/run."""

    input: Input
    language: Language = "zh"
    variant: int = Field(0, ge=0, le=50, description="which wording of the instruction")
    model: str | None = Field(None, max_length=200, description="an engine's name; None: the house's first")
    temperature: float = Field(0.0, ge=0, le=2)
    seed: int = Field(0, ge=0, le=2**31 - 1)
    max_tokens: int | None = Field(None, ge=1, le=8192)
    published_at: When | None = Field(None, description="resolves 昨天 in the source")
    stream: bool = False


class Piece(Wire):
    """A part of an answer that is being written."""

    text: str


class CheckVerdict(Wire):
    """What one of the card's checks says of an answer."""

    name: str
    passed: bool
    detail: str
    spans: list[tuple[int, int]]  # offsets in the answer, in characters


class Fact(Wire):
    """A number, date, name or quote of an answer, and where it stands in the source.

    status: `found` in the source, as it stands or in another form (`how`); `changed`: the source has another value at
    this place (then `source_*` point there); `absent`: nothing in the source is like it. Facts may overlap: a number
    stands in a quotation. One that is found by the date of publication has no place in the source.
    """

    start: int
    end: int
    text: str
    kind: Literal["number", "date", "name", "quote"]
    status: Literal["found", "changed", "absent"]
    how: str | None = None  # exact, value, rounded, abbreviation, resolved …
    source_start: int | None = None
    source_end: int | None = None
    source_text: str | None = None


class TaskAnswer(Wire):
    """A finished answer with what was found out about it. Offsets are in characters (code points)."""

    id: str  # of the request, as in the operations log
    task: str
    model: str  # that answered
    instead_of: str | None = None  # the model that was asked first and could not
    text: str
    value: str | None  # canonical id of the label, where the task has labels and one was read
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    first_token_seconds: float | None
    source: str  # the text that facts were looked for in: the input as the model saw it
    checks: list[CheckVerdict]
    facts: list[Fact]
    masked: dict[str, int] = Field(default_factory=dict)  # kind of personal data -> how many were hidden


class ToCheck(Wire):
    """POST /v1/check: a text as it is being edited, against the task's input."""

    task: str = Field(max_length=200)
    text: str = Field(max_length=MOST_TEXT)
    input: Input
    language: Language = "zh"
    published_at: When | None = None


class Checked(Wire):
    """What the checks and the fact strip say of a text."""

    chars: int  # as limits count them
    least: int | None
    most: int | None
    source: str
    checks: list[CheckVerdict]
    facts: list[Fact]


class Engine(Wire):
    """A model that the house can ask."""

    name: str
    kind: Literal["local", "remote"]
    model: str  # what it calls itself
    state: Literal["ready", "starting", "restarting", "stopped", "unknown"]
    reason: str = ""
    fallback: list[str]
    running: int
    waiting: int
    starts: int
    masks: bool  # personal data is hidden before text goes there
    embeds: bool
