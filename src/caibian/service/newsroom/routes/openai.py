"""OpenAI's interface over the house's engines, for every program that speaks it.

    POST /v1/chat/completions         DESK
    POST /v1/completions              DESK
    POST /v1/embeddings               DESK
    GET  /v1/models, /v1/models/{id}  DESK

`model` is an engine's name, or `default` for the first one. Answers, streams and errors are in OpenAI's form; which
engine answered says the header `X-Caibian-Engine`.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

from caibian.api.tasks import Engine
from caibian.compliance import tame_turns
from caibian.errors import CaibianError, MissingExtra
from caibian.service.admission import Admitted, Meter, admitted
from caibian.service.gateway.asking import Gateway, Route, Took, UnknownModel
from caibian.service.http import EventsResponse, disconnected, read_body, until_disconnect
from caibian.service.newsroom.book import TaskBook
from caibian.service.newsroom.engine_problems import as_denied
from caibian.service.newsroom.openai_docs import documented, errors
from caibian.service.problems import Denied, note_code
from caibian.service.wire import BadRequest, ChatRequest, CompletionRequest, EmbeddingRequest, check, load

try:
    from fastapi import APIRouter, Depends, Request, Response
    from starlette.concurrency import run_in_threadpool
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["openai"])

_STARTED = int(time.time())
_HAN = range(0x4E00, 0xA000)
_LONG = 20_000  # characters that are looked through without handing them to a thread: some milliseconds
_FAILED = 400
_UNFIT = 422  # in our own form; OpenAI's clients expect 400

Chatter = Annotated[Admitted, Depends(admitted("chat"))]
Completer = Annotated[Admitted, Depends(admitted("completions"))]
Embedder = Annotated[Admitted, Depends(admitted("embeddings"))]
Reader = Annotated[Admitted, Depends(admitted(None))]


async def gateway(request: Request) -> Gateway:
    """The house's models."""
    found: Gateway = request.app.state.gateway
    return found


Models = Annotated[Gateway, Depends(gateway)]


@router.post("/chat/completions", **documented(ChatRequest, "chat.completion", stream=True))
async def chat(request: Request, asker: Chatter, models: Models) -> Response:
    """Answer a conversation, whole or as a stream."""
    body = load(await read_body(request))
    asked = check(body, ChatRequest)
    # All that its sender can have typed: a question is one, too, that stands in the system's turn.
    said = [turn.content for turn in asked.messages if turn.role != "assistant"]
    body = body | {"messages": tame_turns(body["messages"])}
    return await _answered(request, asker, models, "chat/completions", body, said)


@router.post("/completions", **documented(CompletionRequest, "text_completion", stream=True))
async def completions(request: Request, asker: Completer, models: Models) -> Response:
    """Go on with a text, whole or as a stream; no chat template is used."""
    body = load(await read_body(request))
    asked = check(body, CompletionRequest)
    return await _answered(
        request, asker, models, "completions", body | {"prompt": asked.prompt}, [asked.prompt]
    )


@router.post("/embeddings", **documented(EmbeddingRequest, "list"))
async def embeddings(request: Request, asker: Embedder, models: Models) -> Response:
    """Texts as vectors."""
    body = load(await read_body(request))
    check(body, EmbeddingRequest)
    return await _answered(request, asker, models, "embeddings", body, [])


@router.get("/models", responses=errors(401, 403, 503))
async def listed(asker: Reader, models: Models) -> dict[str, Any]:
    """The engines of the house."""
    return {"object": "list", "data": [_model(engine) for engine in await models.engines()]}


@router.get("/models/{id:path}", responses=errors(401, 403, 404, 503))
async def one(asker: Reader, models: Models, id: str) -> dict[str, Any]:
    """One engine of the house."""
    for engine in await models.engines():
        if engine.name == id:
            return _model(engine)
    raise BadRequest(f"the model {id!r} does not exist here", "model", status=404, code="model_not_found")


async def _answered(
    request: Request, asker: Admitted, models: Gateway, route: Route, body: dict[str, Any], said: list[str]
) -> Response:
    book: TaskBook = request.app.state.book
    took = Took()
    asker.meter.model = str(body["model"])
    try:
        if said:
            language = _language(said[-1])
            if sum(map(len, said)) > _LONG:
                await run_in_threadpool(book.topics.check, said, language)
            else:
                book.topics.check(said, language)
        relayed = await until_disconnect(request, models.relay(route, body, took))
    except CaibianError as failure:
        raise _refusal(failure) or failure from failure
    finally:
        _fill(asker.meter, took)
    if relayed is None:
        return disconnected()
    headers = {"X-Caibian-Engine": took.model or ""}
    if relayed.events is not None:
        return EventsResponse(relayed.events, at_end=lambda: _fill(asker.meter, took), headers=headers)
    if relayed.status >= _FAILED:
        note_code(request, "engine_refused")
    return Response(relayed.content, relayed.status, headers, media_type="application/json")


def _language(text: str) -> str:
    return "zh" if any(ord(char) in _HAN for char in text) else "en"


def _refusal(failure: CaibianError) -> Exception | None:
    if isinstance(failure, UnknownModel):
        return BadRequest(str(failure), "model", status=404, code="model_not_found")
    denied = as_denied(failure)
    if denied is not None and denied.status == _UNFIT:
        return Denied(400, str(failure), denied.code)
    return denied


def _fill(meter: Meter, took: Took) -> None:
    meter.model = took.model or meter.model
    meter.prompt_tokens, meter.completion_tokens = took.prompt_tokens, took.completion_tokens
    meter.cost, meter.first_token_seconds = took.cost, took.first_token_seconds


def _model(engine: Engine) -> dict[str, Any]:
    owner = "caibian" if engine.kind == "local" else "elsewhere"
    return {"id": engine.name, "object": "model", "created": _STARTED, "owned_by": owner}
