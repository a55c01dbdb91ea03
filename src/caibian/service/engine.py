"""One model behind OpenAI's interface: the process that the service supervises.

    python -m caibian.service.engine       settings as one line of JSON on standard input, which then stays open

It says `{"port": N}` on standard output when the model is loaded, or `{"error": …}` and ends. It ends as soon as
standard input closes, so it cannot outlive the service, however that ends.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from typing import Any

from caibian.errors import CaibianError, MissingExtra
from caibian.models.backend import Backend, Piece, TokenScore
from caibian.service.http import bearer, disconnected, json_error, read_body, until_disconnect
from caibian.service.wire import BadRequest, ChatRequest, LogprobsRequest, Writer, error_body, parse, sse

try:
    from fastapi import Depends, FastAPI, Request, Response
    from fastapi.responses import JSONResponse, StreamingResponse
except ImportError as error:
    raise MissingExtra("fastapi", "serve") from error

logger = logging.getLogger(__name__)

_SCORED_AT_ONCE = 16  # answers between two signs of progress


class Engine:
    """Runs a model's blocking calls on threads, `parallel` at a time, and counts its progress."""

    def __init__(self, model: Backend, parallel: int = 1) -> None:
        self.model = model
        self.progress = 0  # pieces so far; the supervisor sees by it whether a busy engine still moves
        self.running = 0
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="engine")

    async def pieces(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """The pieces of an answer. Closing this iterator stops the model at its next piece."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Piece | BaseException | None] = asyncio.Queue()
        cancelled = threading.Event()

        def put(item: Piece | BaseException | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        def work() -> None:
            self.running += 1
            try:
                self._follow(request, cancelled, put)
            except BaseException as error:
                put(error)
            else:
                put(None)
            finally:
                self.running -= 1

        self._threads.submit(work)
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            cancelled.set()

    async def score(self, request: LogprobsRequest) -> list[list[float]]:
        """Log-probabilities of each answer's tokens."""
        conversation = [turn.message() for turn in request.messages]
        scores: list[list[float]] = []
        for at in range(0, len(request.answers), _SCORED_AT_ONCE):
            part = request.answers[at : at + _SCORED_AT_ONCE]
            loop = asyncio.get_running_loop()
            scores += await loop.run_in_executor(self._threads, self.model.score, conversation, part)
            self.progress += 1
        return scores

    def close(self) -> None:
        """Free the model."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.model.close()

    def _follow(self, request: ChatRequest, cancelled: threading.Event, put: Any) -> None:
        if cancelled.is_set():  # the client left while waiting for a thread
            return
        pieces: Iterator[Piece] = self.model.pieces(
            request.conversation(), request.options(), top_logprobs=request.alternatives()
        )
        try:
            for piece in pieces:
                if cancelled.is_set():
                    return
                self.progress += 1
                put(piece)
        finally:
            getattr(pieces, "close", lambda: None)()


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

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        asked: ChatRequest = parse(await read_body(request), ChatRequest)
        if asked.stream:
            return await _streamed(engine, asked)
        return await until_disconnect(request, _whole(engine, asked)) or disconnected()

    @app.post("/v1/caibian/logprobs")
    async def logprobs(request: Request) -> Response:
        asked: LogprobsRequest = parse(await read_body(request), LogprobsRequest)
        scores = await until_disconnect(request, engine.score(asked))
        if scores is None:
            return disconnected()
        answers = [{"answer": a, "logprobs": s} for a, s in zip(asked.answers, scores, strict=True)]
        return JSONResponse({"object": "caibian.logprobs", "model": asked.model, "answers": answers})

    return app


async def _whole(engine: Engine, asked: ChatRequest) -> Response:
    texts: list[str] = []
    scores: list[TokenScore] = []
    last = Piece()
    async with aclosing(engine.pieces(asked)) as pieces:
        async for piece in pieces:
            texts.append(piece.text)
            scores += piece.tokens
            last = piece
    wanted = scores if asked.alternatives() is not None else None
    return JSONResponse(Writer(asked.model).whole("".join(texts), last, wanted))


async def _streamed(engine: Engine, asked: ChatRequest) -> Response:
    """The first piece is awaited before anything is sent, so that a refusal still has its status code."""
    pieces = engine.pieces(asked)
    try:
        first = await anext(pieces)
    except BaseException:
        await pieces.aclose()
        raise
    return StreamingResponse(_events(first, pieces, asked), media_type="text/event-stream")


async def _events(
    first: Piece, pieces: AsyncGenerator[Piece, None], asked: ChatRequest
) -> AsyncIterator[bytes]:
    writer = Writer(asked.model)
    scored = asked.alternatives() is not None
    usage = asked.stream_options is not None and asked.stream_options.include_usage
    last = first
    async with aclosing(pieces):
        try:
            yield writer.begin()
            if first.text or first.tokens:
                yield writer.piece(first, with_scores=scored)
            async for last in pieces:
                if last.text or last.tokens:
                    yield writer.piece(last, with_scores=scored)
                else:
                    yield b": reading\n\n"  # a comment: keeps the connection alive while the prompt is read
            yield writer.end(last, with_usage=usage)
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
        model = _open(asked)
    except CaibianError as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}), file=protocol, flush=True)
        sys.exit(1)
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    app = engine_app(Engine(model, asked.get("parallel", 1)), asked["token"])
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    ready = {"port": listener.getsockname()[1], "model": model.name}
    print(json.dumps(ready), file=protocol, flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def _open(asked: dict[str, Any]) -> Backend:
    from caibian.models.open import open_model

    return open_model(
        asked["reference"], backend=asked.get("backend"), adapter=asked.get("adapter"), **asked["settings"]
    )


def _end_with_parent() -> None:
    while sys.stdin.read(4096):
        pass
    os._exit(0)  # no clean-up: a model in the middle of a native call would not let us


if __name__ == "__main__":
    main()
