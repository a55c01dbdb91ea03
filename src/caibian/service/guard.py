"""What stands around every answer: a limit on what may be sent, headers, and an answer even when we fail."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException

from caibian.api.wire import Problem
from caibian.service.shapes import shaped

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


@dataclass(frozen=True, slots=True)
class Body:
    """What a route may be sent. A body that is not `kept` is counted on its way and never held in memory."""

    most: int = MOST_BODY_BYTES  # bytes
    kept: bool = True


class TooLarge(HTTPException):
    """The body is larger than the route's limit."""

    def __init__(self, most: int) -> None:
        # Hanging up is the only way to end what is still being sent.
        super().__init__(413, f"the body is larger than {most >> 20} MB", {"Connection": "close"})


class Guard:
    """ASGI middleware; stands around the application and all that records its answers.

    Args:
        bodies: routes that may be sent something else than `Body()`, by the beginning of their path.
    """

    def __init__(
        self,
        app: Callable[[Message, Receive, Send], Awaitable[None]],
        bodies: Mapping[str, Body] | None = None,
    ) -> None:
        self._app, self._bodies = app, tuple((bodies or {}).items())

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
                given = list(message.get("headers", ()))
                own = {name for name, _ in given}
                # A route may say more strictly itself what its page may do, or for how long a file is good.
                message["headers"] = [*given, *(one for one in _HEADERS if one[0] not in own)]
            await send(message)

        async def refuse(status: int, problem: Problem, *headers: tuple[bytes, bytes]) -> None:
            await _answer(send_guarded, status, shaped(scope["path"], status, problem), headers)

        try:
            received = await self._received(scope, receive)
            if received is not None:
                await self._app(scope, received, send_guarded)
        except TooLarge as refusal:
            if started:
                raise
            problem = Problem(code="too_large", message=str(refusal.detail))
            await refuse(413, problem, (b"connection", b"close"))
        except Exception:
            # Without the request's content: passwords and judgements do not belong in a log.
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await refuse(500, Problem(code="internal", message="the service failed; see its log"))

    async def _received(self, scope: Message, receive: Receive) -> Receive | None:
        """The request's body as the application receives it; None if the client left before it was sent."""
        path: str = scope["path"]
        allowed = _PLAIN
        for start, body in self._bodies:
            if path.startswith(start):
                allowed = body
                break
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > allowed.most:
                raise TooLarge(allowed.most)
        if not allowed.kept:
            return _counted(receive, allowed.most)
        content = await _whole(receive, allowed.most)
        return None if content is None else _replay(content, receive)


_PLAIN = Body()


async def _whole(receive: Receive, most: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge(most)
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _counted(receive: Receive, most: int) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise TooLarge(most)
        return message

    return counted


async def _answer(send: Send, status: int, content: bytes, more: Sequence[tuple[bytes, bytes]]) -> None:
    length = str(len(content)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
