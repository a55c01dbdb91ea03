"""What stands around every answer: a limit on what may be sent, headers, and an answer even when we fail."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from caibian.api.wire import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger(__name__)

MOST_BODY_BYTES = 1 << 20  # many times the longest draft
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class TooLarge(Exception):
    """The body is larger than `MOST_BODY_BYTES`."""


class Guard:
    """ASGI middleware; the outermost of the application."""

    def __init__(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        try:
            body = await _body(scope, receive)
            if body is not None:
                await self._app(scope, _replay(body, receive), send_guarded)
        except TooLarge:
            message = f"the body is larger than {MOST_BODY_BYTES >> 20} MB"
            await _answer(send_guarded, 413, Problem(code="too_large", message=message))
        except Exception:
            # Without the request's content: passwords and judgements do not belong in a log.
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await _answer(
                send_guarded, 500, Problem(code="internal", message="the service failed; see its log")
            )


async def _body(scope: Message, receive: Receive) -> bytes | None:
    """The whole body; None if the client left before it was sent."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > MOST_BODY_BYTES:
            raise TooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


async def _answer(send: Send, status: int, problem: Problem) -> None:
    content = problem.model_dump_json().encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
