"""Why a model gave no answer, as the refusal that the API shows."""

from __future__ import annotations

from math import ceil

from caibian.api.wire import Problem
from caibian.compliance import RefusedTopic
from caibian.errors import CaibianError, ContextOverflow, ModelError, UnsupportedSchema
from caibian.service.engine_errors import Busy, EngineDown, Overdue, UnknownModel
from caibian.service.problems import Denied


def as_denied(error: CaibianError) -> Denied | None:
    """The refusal with its status; None for an error that is none of a model's."""
    if isinstance(error, RefusedTopic):
        return Denied(422, str(error), "refused_topic")
    if isinstance(error, UnknownModel):
        return Denied(422, str(error), "invalid")
    if isinstance(error, ContextOverflow):
        return Denied(422, f"input: {error}", "invalid")
    if isinstance(error, Busy):
        return Denied(429, str(error), "too_many", ceil(error.retry_after))
    if isinstance(error, EngineDown):
        return Denied(503, str(error), "unavailable", ceil(error.retry_after))
    if isinstance(error, Overdue):
        return Denied(504, str(error), "overdue")
    if isinstance(error, UnsupportedSchema):
        return Denied(422, f"model: {error}", "invalid")
    return Denied(502, str(error), "engine_failed") if isinstance(error, ModelError) else None


def as_problem(error: CaibianError) -> Problem:
    """What a stream that has begun ends with."""
    denied = as_denied(error)
    return Problem(code=denied.code if denied else "internal", message=str(error))
