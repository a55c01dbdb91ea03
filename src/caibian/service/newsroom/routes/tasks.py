"""Tasks: what the cards offer, one run of one of them, the live check of a text, and who can be asked."""

from __future__ import annotations

from typing import Annotated, Any

from caibian.api.tasks import Checked, Engine, Run, Task, TaskAnswer, ToCheck
from caibian.api.wire import ROLES, Problem
from caibian.errors import CaibianError, MissingExtra
from caibian.service.admission import Admitted, admitted
from caibian.service.gateway.asking import Gateway
from caibian.service.http import disconnected, until_disconnect
from caibian.service.newsroom.book import TaskBook
from caibian.service.newsroom.engine_problems import as_denied
from caibian.service.newsroom.events import begin
from caibian.service.newsroom.examining import examine, source_of, turn
from caibian.service.newsroom.openai_docs import EVENTS
from caibian.service.newsroom.performing import prepare
from caibian.service.newsroom.text_bodies import whole_characters
from caibian.storage.refusals import Invalid

try:
    from fastapi import APIRouter, Depends, Request
    from fastapi.responses import StreamingResponse
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["tasks"], dependencies=[Depends(whole_characters)])

_NOT_EXPERTS = [role for role in ROLES if role != "expert"]
Desk = Annotated[Admitted, Depends(admitted(None))]  # reading costs nothing
Runner = Annotated[Admitted, Depends(admitted("tasks"))]
Colleague = Annotated[Admitted, Depends(admitted(None, _NOT_EXPERTS))]


async def book(request: Request) -> TaskBook:
    """The tasks of the house."""
    found: TaskBook = request.app.state.book
    return found


async def gateway(request: Request) -> Gateway:
    """The house's models."""
    found: Gateway = request.app.state.gateway
    return found


Book = Annotated[TaskBook, Depends(book)]
Models = Annotated[Gateway, Depends(gateway)]

_FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": what}
    for status, what in (
        (404, "there is no such task"),
        (422, "the run does not fit the task, or its topic is ruled out"),
        (429, "every engine has a full queue"),
        (502, "the engine failed"),
        (503, "no engine runs"),
        (504, "no engine finished in time"),
    )
}
_STREAM = {"text/event-stream": EVENTS}


@router.get("/tasks")
def tasks(asker: Desk, book: Book) -> list[Task]:
    """Every task of the house."""
    return book.tasks


@router.get("/tasks/{id}", responses={404: _FAILURES[404]})
def task(asker: Desk, book: Book, id: str) -> Task:
    """One task."""
    card = book.card(id)
    return next(one for one in book.tasks if one.id == card.id)


@router.post(
    "/tasks/{id}/run",
    response_model=TaskAnswer,
    responses={
        **_FAILURES,
        200: {"description": "The answer; with `stream` as server-sent events.", "content": _STREAM},
    },
)
async def run(request: Request, asker: Runner, book: Book, models: Models, id: str, body: Run) -> Any:
    """Run a task on an input, whole or as a stream."""
    try:
        job = prepare(models, book, id, body, id=asker.request_id or None, meter=asker.meter)
        if body.stream:
            headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            return StreamingResponse(
                await begin(job.pieces()), media_type="text/event-stream", headers=headers
            )
        return await until_disconnect(request, job.answer()) or disconnected()
    except CaibianError as error:
        if (denied := as_denied(error)) is not None:
            raise denied from error
        raise


_TURNS = {"model": Problem, "description": "other texts are being checked"}


@router.post("/check", responses={404: _FAILURES[404], 429: _TURNS})
def check(asker: Desk, book: Book, body: ToCheck) -> Checked:
    """What the checks and the fact strip say of a text that is being edited."""
    card = book.card(body.task)
    if body.language not in card.instructions:
        raise Invalid(
            f"language: {card.id} has no instructions in {body.language}; {', '.join(card.instructions)}"
        )
    source = source_of(card, body.input, body.language)
    with turn():
        return examine(card, body.text, source, body.language, body.published_at)


@router.get("/engines")
async def engines(asker: Colleague, models: Models) -> list[Engine]:
    """The models that the house can ask, as they stand."""
    return await models.engines()
