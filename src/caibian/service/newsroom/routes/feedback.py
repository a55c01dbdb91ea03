"""Feedback on answers, as `caibian.api.feedback` lists its routes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from caibian.api.feedback import Feedback, FeedbackSummary, Kept
from caibian.api.wire import EDITORS
from caibian.errors import MissingExtra
from caibian.service.admission import Admitted, admitted
from caibian.service.callers import Db
from caibian.service.newsroom.text_bodies import whole_characters
from caibian.storage.newsroom import feedback

try:
    from fastapi import APIRouter, Depends
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["feedback"], dependencies=[Depends(whole_characters)])

Asker = Annotated[Admitted, Depends(admitted("feedback"))]
Editor = Annotated[Admitted, Depends(admitted("feedback", EDITORS))]


@router.post("/feedback")
def keep(db: Db, asker: Asker, body: Feedback) -> Kept:
    """Keep what somebody thought of answers; without consent the thumb alone, no text."""
    given = feedback.Feedback(
        task=body.task,
        language=body.language,
        variant=body.variant,
        input=body.input,
        answers=[feedback.Shown(answer.model, answer.text) for answer in body.answers],
        consent=body.consent,
        chosen=body.chosen,
        thumb=body.thumb,
        edited=body.edited,
        comment=body.comment,
    )
    asker.meter.task = body.task
    return Kept(**asdict(feedback.keep(db, asker.account, given, body.key)))


@router.get("/feedback")
def summary(db: Db, asker: Editor) -> FeedbackSummary:
    """How much feedback there is, and what it yields."""
    return FeedbackSummary(**asdict(feedback.summary(db)))
