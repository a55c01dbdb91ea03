"""One model behind OpenAI's interface: the process that the service supervises.

    python -m caibian.service.engine       settings as one line of JSON on standard input, which then stays open

It says `{"port": N}` on standard output when the model is loaded, or `{"error": …}` and ends. It ends as soon as
standard input closes, so it cannot outlive the service, however that ends.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from caibian.errors import CaibianError, MissingExtra
from caibian.models.backend import Piece
from caibian.models.embedding import open_embedder
from caibian.service.embedding_engine import BACKEND, EmbeddingEngine, embedding_app
from caibian.service.engine_work import Asked, Engine
from caibian.service.http import bearer, disconnected, json_error, read_body, until_disconnect
from caibian.service.wire import (
    BadRequest,
    ChatRequest,
    CompletionRequest,
    LogprobsRequest,
    error_body,
    parse,
    sse,
    writer,
)

try:
    from fastapi import Depends, FastAPI, Request, Response
    from fastapi.responses import JSONResponse, StreamingResponse
except ImportError as error:
    raise MissingExtra("fastapi", "serve") from error

logger = logging.getLogger(__name__)


def engine_app(engine: Engine, token: str | None = None) -> FastAPI:
    """The engine's HTTP interface. With `token`, callers must present it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        engine.close()

    locks = [Depends(bearer(token))] if token is not None else []
    app = FastAPI(title="Caibian engine", openapi_url=None, lifespan=lifespan, dependencies=locks)
    app.add_exception_handler(BadRequest, json_error)
    app.add_exception_handler(CaibianError, json_error)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "running": engine.running, "progress": engine.progress}

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {
            "object": "list",
            "data": [{"id": engine.model.name, "object": "model", "owned_by": "caibian"}],
        }

    async def answered(request: Request, asked: Asked) -> Response:
        if asked.stream:
            return await _streamed(engine, asked)
        return await until_disconnect(request, _whole(engine, asked)) or disconnected()

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        return await answered(request, parse(await read_body(request), ChatRequest))

    @app.post("/v1/completions")
    async def completions(request: Request) -> Response:
        return await answered(request, parse(await read_body(request), CompletionRequest))

    @app.post("/v1/caibian/logprobs")
    async def logprobs(request: Request) -> Response:
        asked: LogprobsRequest = parse(await read_body(request), LogprobsRequest)
        scores = await until_disconnect(request, engine.score(asked))
        if scores is None:
            return disconnected()
        answers = [{"answer": a, "logprobs": s} for a, s in zip(asked.answers, scores, strict=True)]
        return JSONResponse({"object": "caibian.logprobs", "model": asked.model, "answers": answers})

    return app


async def _whole(engine: Engine, asked: Asked) -> Response:
    pieces = await engine.whole(asked)
    text = "".join(piece.text for piece in pieces)
    scores = [score for piece in pieces for score in piece.tokens]
    wanted = scores if asked.alternatives() is not None else None
    return JSONResponse(writer(asked).whole(text, pieces[-1] if pieces else Piece(), wanted))


async def _streamed(engine: Engine, asked: Asked) -> Response:
    """The first piece is awaited before anything is sent, so that a refusal still has its status code."""
    pieces = engine.pieces(asked)
    try:
        first = await anext(pieces)
    except BaseException:
        await pieces.aclose()
        raise
    return StreamingResponse(_events(first, pieces, asked), media_type="text/event-stream")


async def _events(first: Piece, pieces: AsyncGenerator[Piece, None], asked: Asked) -> AsyncIterator[bytes]:
    writes = writer(asked)
    scored = asked.alternatives() is not None
    usage = asked.stream_options is not None and asked.stream_options.include_usage
    last = first
    async with aclosing(pieces):
        try:
            yield writes.begin()
            if first.text or first.tokens:
                yield writes.piece(first, with_scores=scored)
            async for last in pieces:
                if last.text or last.tokens:
                    yield writes.piece(last, with_scores=scored)
                else:
                    yield b": reading\n\n"  # a comment: keeps the connection alive while the prompt is read
            yield writes.end(last, with_usage=usage)
        except CaibianError as error:
            yield sse(error_body(str(error), "server_error", "model_error"))
        except Exception:
            logger.exception("an answer broke off")
            yield sse(
                error_body("the model failed in the middle of the answer", "server_error", "model_error")
            )


def main() -> None:
    """Load the model that standard input asks for and serve it until standard input closes."""
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()
    # Libraries print to standard output; ours is a protocol, so it moves away from descriptor 1.
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        name, app = _opened(asked)
    except CaibianError as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}), file=protocol, flush=True)
        sys.exit(1)
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    ready = {"port": listener.getsockname()[1], "model": name}
    print(json.dumps(ready), file=protocol, flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def _opened(asked: dict[str, Any]) -> tuple[str, FastAPI]:
    """The model's name, and the application that serves it."""
    if asked.get("backend") == BACKEND:
        embedder = open_embedder(asked["reference"], **asked["settings"])
        return embedder.name, embedding_app(EmbeddingEngine(embedder), asked["token"])
    from caibian.models.open import open_model

    model = open_model(
        asked["reference"], backend=asked.get("backend"), adapter=asked.get("adapter"), **asked["settings"]
    )
    return model.name, engine_app(Engine(model, asked.get("parallel", 1)), asked["token"])


def _end_with_parent() -> None:
    while sys.stdin.read(4096):
        pass
    os._exit(0)  # no clean-up: a model in the middle of a native call would not let us


if __name__ == "__main__":
    main()
