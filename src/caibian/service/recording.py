"""Around every request: an id, a stopwatch, and what is handed to the log when the answer has ended, however it ends."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CLIENT_CLOSED = 499  # nginx's code for a client that left before its answer was whole
_PLACE = "caibian.request"
_ids = random.Random()  # begun with the system's randomness; names that nobody needs to guess at


@dataclass(slots=True)
class Running:
    """A request while it is answered. One object, whatever happens to the scope it hangs on."""

    id: str = field(default_factory=lambda: f"{_ids.getrandbits(128):032x}")
    begun: float = field(default_factory=time.perf_counter)
    status: int = 0  # of the answer, once it has begun
    code: str | None = None  # of the `Problem`, if it was refused
    account: int | None = None  # these are set by `admitted`
    feature: str | None = None
    at_end: Callable[[Running], None] | None = None

    @property
    def ms(self) -> float:
        """Milliseconds since it began."""
        return (time.perf_counter() - self.begun) * 1000.0


def running(scope: MutableMapping[str, Any]) -> Running:
    """The request that a scope is of."""
    found: Running | None = scope.get(_PLACE)
    if found is None:
        found = scope[_PLACE] = Running()
    return found


class Recording:
    """ASGI middleware; stands within `Guard` and around everything else."""

    def __init__(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        now, whole = running(scope), False
        id_header = (b"x-request-id", now.id.encode())

        async def watched(message: Message) -> None:
            nonlocal whole
            if message["type"] == "http.response.start":
                now.status = message["status"]
                message["headers"] = [*message.get("headers", ()), id_header]
            elif message["type"] == "http.response.body":
                whole = not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, watched)
            if not whole:
                now.status = CLIENT_CLOSED
        except Exception:
            now.status, now.code = 500, now.code or "internal"
            raise
        except BaseException:  # cancelled
            now.status = CLIENT_CLOSED
            raise
        finally:
            if now.at_end is not None:
                now.at_end(now)
