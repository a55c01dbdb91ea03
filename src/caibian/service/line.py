"""The hop from the service to an engine: one place to wait, one request over HTTP, errors in our words.

The client is aiohttp's: a request through it costs a third of what it costs through httpx, and every token passes here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from caibian.errors import MissingExtra
from caibian.service.engine_errors import EngineDown, Overdue
from caibian.service.gate import Gate
from caibian.sockets import LOOPBACK

try:
    import aiohttp
except ImportError as error:
    raise MissingExtra("aiohttp", "serve") from error

OK = 200
_CONNECT = 5.0  # seconds
# Servers such as uvicorn hang up on connections that were idle for 5 s; a request must not meet that moment.
_IDLE = 4.0
_LAST_WORD = 0.1  # seconds after its last event in which a server ends the answer, or is hung up on


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine is reached: a URL up to `/v1`, and the headers it wants."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


class Seat(Protocol):
    """Knows where an engine is."""

    async def address(self, patience: float) -> Address:
        """Where the engine is; waits up to `patience` seconds for one that is being started.

        Raises:
            EngineDown: it does not run.
        """
        ...

    async def lost(self, address: Address, moment: str) -> EngineDown:
        """A connection to that address broke, `before` or `while` the engine answered; gives the error to raise."""
        ...


def new_client(url: str = "") -> aiohttp.ClientSession:
    """A client for any number of lines; to be made in the loop that uses it, and closed by who made it.

    Args:
        url: of a server elsewhere, to which the environment may name a proxy; never for this machine.
    """
    proxies = bool(url) and urlsplit(url).hostname not in LOOPBACK
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT)  # deadlines are each request's own
    return aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=proxies
    )


class Call:
    """A request that an engine is answering. `close` hangs up, which stops the engine, and gives the place back."""

    def __init__(
        self, line: Line, reply: aiohttp.ClientResponse, address: Address, deadline: float | None
    ) -> None:
        self._line, self._reply, self._address, self._deadline = line, reply, address, deadline
        self._open = True
        self.status = reply.status

    @property
    def retry_after(self) -> str | None:
        """The header, if the engine sent one."""
        return self._reply.headers.get("Retry-After")

    async def read(self) -> bytes:
        """The whole answer.

        Raises:
            EngineDown: the engine died while it answered.
            Overdue: the deadline has passed.
        """
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self._reply.read()
        except TimeoutError:
            raise Overdue("the answer was not finished within the deadline") from None
        except (aiohttp.ClientError, OSError) as error:
            raise await self._line.seat.lost(self._address, "while") from error

    async def chunks(self) -> AsyncIterator[bytes]:
        """The answer as it comes. Raises: as `read`."""
        content = self._reply.content
        try:
            while True:
                async with asyncio.timeout_at(self._deadline):
                    chunk = await content.readany()
                if not chunk:
                    return
                yield chunk
        except TimeoutError:
            raise Overdue("the answer was not finished within the deadline") from None
        except (aiohttp.ClientError, OSError) as error:
            raise await self._line.seat.lost(self._address, "while") from error

    async def end(self) -> None:
        """Hear the end of an answer whose last event was read, so that its connection can be used again."""
        with suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_LAST_WORD):
                await self._reply.content.read()

    def close(self) -> None:
        """Hang up, unless the answer has ended; a second call does nothing."""
        if self._open:
            self._open = False
            self._reply.close()
            self._line.gate.leave()


class Line:
    """Requests to one engine.

    Args:
        seat: knows where it is.
        gate: how many may ask it at once.
    """

    def __init__(self, seat: Seat, gate: Gate, client: aiohttp.ClientSession) -> None:
        self.seat, self.gate, self._client = seat, gate, client

    async def post(
        self, route: str, body: bytes, *, deadline: float | None = None, patience: float = 120.0
    ) -> Call:
        """Ask the engine; the Call is there when its status is known, and must be closed.

        Args:
            route: below the URL of the seat.
            deadline: of the whole answer, in the loop's time.
            patience: seconds to wait for an engine that is being started.

        Raises:
            Busy: the queue before it is full.
            EngineDown: it does not run, or stopped before it answered.
            Overdue: the deadline has passed.
        """
        try:
            async with asyncio.timeout_at(deadline):
                await self.gate.enter()
                try:
                    return await self._post(route, body, deadline, patience)
                except BaseException:
                    self.gate.leave()
                    raise
        except TimeoutError:
            raise Overdue("the answer was not begun within the deadline") from None

    async def _post(self, route: str, body: bytes, deadline: float | None, patience: float) -> Call:
        address = await self.seat.address(patience)
        headers = {"Content-Type": "application/json", **address.headers}
        try:
            reply = await self._client.post(
                address.url + route, data=body, headers=headers, allow_redirects=False
            )
        except (aiohttp.ClientError, OSError) as error:
            raise await self.seat.lost(address, "before") from error
        return Call(self, reply, address, deadline)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()
