"""Feedback on answers over HTTP.

    POST /v1/feedback       Feedback -> Kept                    DESK
    GET  /v1/feedback       -> FeedbackSummary                  EDITORS

What is kept becomes Examples (an edited answer is the better output) and preference pairs (edited over written, chosen
over left), for `caibian newsroom feedback`, personal data hidden. Without consent the thumb alone is kept, no text.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from caibian.api.tasks import MOST_TEXT, Input
from caibian.api.wire import Language, Wire


class Shown(Wire):
    """One of the answers that somebody saw."""

    model: str = Field(max_length=200)
    text: str = Field(max_length=MOST_TEXT)


class Feedback(Wire):
    """POST /v1/feedback."""

    task: str = Field(max_length=200)
    language: Language
    variant: int = Field(0, ge=0, le=50)
    input: Input
    answers: list[Shown] = Field(min_length=1, max_length=8)
    chosen: int | None = Field(None, ge=0, le=7, description="place in `answers`")
    thumb: Literal["up", "down"] | None = None
    edited: str | None = Field(None, max_length=MOST_TEXT, description="the chosen answer as it was used")
    comment: str = Field("", max_length=2000)
    consent: bool = Field(description="the texts may be kept and used for training")
    key: str = Field(min_length=8, max_length=64)


class Kept(Wire):
    """What became of it."""

    id: str
    examples: int
    pairs: int


class FeedbackSummary(Wire):
    """How much there is."""

    total: int
    up: int
    down: int
    with_consent: int
    examples: int
    pairs: int
    by_task: dict[str, int]
    since: datetime | None
