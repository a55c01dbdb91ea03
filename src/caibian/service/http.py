"""What both the service and its engine need of HTTP."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from caibian.errors import CaibianError, ContextOverflow, MissingExtra, UnsupportedSchema
from caibian.service.engine_errors import EngineDown, Overdue
from caibian.service.wire import BadRequest, error_body, sse

try:
    from fastapi import Request, Response
    from fastapi.responses import JSONResponse, StreamingResponse
    from starlette.types import Receive, Scope, Send
except ImportError as error:
    raise MissingExtra("fastapi", "serve") from error

T = TypeVar("T")

_MOST_BODY_BYTES = 8 << 20  # several times the longest conversation any model here can read
_PATIENT = 0.1  # seconds
_CLIENT_CLOSED = 499  # nginx's code for a client that left; nobody reads it


async def read_body(request: Request) -> bytes:
    """The request's body.

    Raises:
        BadRequest: it is not announced as JSON (a page of another site could post a form unasked), or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadRequest("Content-Type must be application/json", status=415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY_BYTES:
            raise BadRequest(f"the body is larger than {_MOST_BODY_BYTES >> 20} MB", status=413)
    return bytes(body)


async def until_disconnect(request: Request, work: Awaitable[T]) -> T | None:
    """The result of `work`, or None if the client hung up first; `work` is then cancelled.

    The body must have been read before. Nobody looks in the first moment, in which most answers are there: two tasks a
    request are a good part of what a short one costs.
    """
    job = asyncio.current_task()
    assert job is not None
    watches: list[asyncio.Task[None]] = []
    left = False

    async def hang_up() -> None:
        nonlocal left
        while (await request.receive())["type"] != "http.disconnect":
            pass
        left = True
        job.cancel()

    timer = asyncio.get_running_loop().call_later(
        _PATIENT, lambda: watches.append(asyncio.ensure_future(hang_up()))
    )
    try:
        return await work
    except asyncio.CancelledError:
        if left and job.uncancel() == 0:
            return None
        raise
    finally:
        timer.cancel()
        for watch in watches:
            watch.cancel()


def bearer(key: str) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency that lets only requests with this bearer token pass."""
    expected = f"Bearer {key}".encode()

    async def check(request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if not secrets.compare_digest(given, expected):
            message = "a key is needed: send it as 'Authorization: Bearer KEY'"
            raise BadRequest(message, status=401, code="invalid_api_key")

    return check


class Closing(Protocol):
    """Events that hold something open until they are closed."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield them."""
        ...

    def close(self) -> None:
        """Let go; a second call does nothing."""
        ...


class EventsResponse(StreamingResponse):
    """Server-sent events. They are closed however the answer ends, even if it never began.

    Args:
        at_end: called after that.
    """

    def __init__(
        self,
        events: Closing,
        *,
        at_end: Callable[[], None] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        kept = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"} | (headers or {})
        super().__init__(events, media_type="text/event-stream", headers=kept)
        self._events, self._at_end = events, at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._events.close()
            if self._at_end is not None:
                self._at_end()


def disconnected() -> Response:
    """What is answered to nobody."""
    return Response(status_code=_CLIENT_CLOSED)


def json_error(_: Request, error: Any) -> Response:
    """An exception as OpenAI's error body."""
    if isinstance(error, BadRequest):
        kind = "invalid_request_error"
        return JSONResponse(error_body(str(error), kind, error.code, error.param), error.status)
    if isinstance(error, ContextOverflow):
        kind, code = "invalid_request_error", "context_length_exceeded"
        return JSONResponse(error_body(str(error), kind, code, "messages"), 400)
    if isinstance(error, UnsupportedSchema):
        return JSONResponse(error_body(str(error), "invalid_request_error", None, "response_format"), 400)
    if isinstance(error, CaibianError):
        return JSONResponse(error_body(str(error), "server_error", "model_error"), 500)
    return JSONResponse(error_body("internal error", "server_error"), 500)


def error_event(error: CaibianError) -> bytes:
    """The last event of a stream that an error cut off."""
    if isinstance(error, EngineDown):
        message = "the engine stopped in the middle of the answer; it is being started again: ask once more"
        return sse(error_body(message, "server_error", "engine_stopped"))
    if isinstance(error, Overdue):
        return sse(error_body(str(error), "server_error", "overdue"))
    return sse(error_body(str(error), "server_error", "model_error"))
