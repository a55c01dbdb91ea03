"""The outermost layer: one line of log a request, its figures, an id in every answer, and a count of what still runs."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from caibian.api.wire import Problem
from caibian.service import metrics
from caibian.service.recording import CLIENT_CLOSED, Running, running
from caibian.service.routes_of import routes_of
from caibian.service.shapes import shaped

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger("caibian.requests")

_ID = b"x-request-id"
_CLIENT_ID = b"x-client-request-id"
_GOOD_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_UNKNOWN = "(none)"  # the label of routes that are not there: their paths are whatever somebody tried
_HEALTH = "/health/"
_RETRY = 5  # seconds
_PSEUDONYM_BYTES = 6


class Tracing:
    """ASGI middleware; one an application, over everything else.

    A request's id is always ours, for the log of requests is kept by it. What a client sends as `X-Request-Id` stands
    in the line of log too, and comes back as `X-Client-Request-Id`.

    Args:
        drain: says whether the service is stopping; new requests are then sent elsewhere.
        salt: makes the accounts' pseudonyms in the log this house's own.
    """

    def __init__(
        self, app: Callable[[Message, Receive, Send], Awaitable[None]], drain: Drain, salt: str
    ) -> None:
        self._app, self._drain = app, drain
        self._templates: dict[Any, list[str]] | None = None
        self._salt = hashlib.sha256(salt.encode()).digest()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        now, status, whole = running(scope), 0, False
        client = _client_id(scope)

        async def traced(message: Message) -> None:
            nonlocal status, whole
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [one for one in message.get("headers", ()) if one[0].lower() != _ID]
                headers.append((_ID, now.id.encode()))
                if client:
                    headers.append((_CLIENT_ID, client))
                message["headers"] = headers
            elif message["type"] == "http.response.body":
                whole = not message.get("more_body", False)
            await send(message)

        self._drain.running += 1
        try:
            if self._drain.stopping and not scope["path"].startswith(_HEALTH):
                now.code = "unavailable"
                await _stopping(traced, scope["path"])
            else:
                await self._app(scope, receive, traced)
        finally:
            self._drain.running -= 1
            self._note(scope, now, status if whole else CLIENT_CLOSED, client)

    def _note(self, scope: Message, now: Running, status: int, client: bytes) -> None:
        route = self._template(scope)
        method, ms = scope["method"], now.ms
        metrics.REQUESTS.labels(route, method, status, now.feature or "").inc()
        metrics.SECONDS.labels(route, method).observe(ms / 1000.0)
        if status == CLIENT_CLOSED:
            metrics.BROKEN_OFF.labels(route).inc()
        if now.code is not None:
            metrics.REFUSALS.labels(now.code).inc()
        if logger.isEnabledFor(logging.INFO):
            said: dict[str, Any] = {"id": now.id, "route": route, "method": method, "status": status}
            said |= {"ms": round(ms, 1), "account": self._pseudonym(now.account)}
            said |= {"feature": now.feature, "code": now.code, "client_id": client.decode() or None}
            logger.info("request", extra={"fields": said})

    def _template(self, scope: Message) -> str:
        """The route as its document has it: /v1/tasks/{id}."""
        if self._templates is None:
            self._templates = {}
            for one in routes_of(scope["app"]):
                self._templates.setdefault(one.endpoint, []).append(one.path)
        if (endpoint := scope.get("endpoint")) is None:
            return _UNKNOWN
        # One function may answer under two prefixes.
        fit = [
            one
            for one in self._templates.get(endpoint, ())
            if scope["path"].startswith(one.partition("{")[0])
        ]
        return max(fit, key=len, default=getattr(scope.get("route"), "path", _UNKNOWN))

    def _pseudonym(self, account: int | None) -> str | None:
        if account is None:
            return None
        made = hashlib.blake2s(str(account).encode(), key=self._salt, digest_size=_PSEUDONYM_BYTES)
        return made.hexdigest()


class Drain:
    """Whether a worker is stopping, and how many requests it still answers."""

    def __init__(self) -> None:
        self.stopping = False
        self.running = 0


def _client_id(scope: Message) -> bytes:
    for name, value in scope["headers"]:
        if name == _ID:
            return value if _GOOD_ID.fullmatch(value) else b""
    return b""


async def _stopping(send: Send, path: str) -> None:
    problem = Problem(code="unavailable", message="the service is stopping; ask again in a moment")
    content = shaped(path, 503, problem)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"retry-after", str(_RETRY).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": content})
