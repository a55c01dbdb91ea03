"""A load generator that costs little: raw sockets kept open, one request at a time on each, in a process of its own.

A client that takes as long for a request as the service does would measure itself. This one writes bytes made
beforehand, reads as far as it must to see where the answer ends, and asks again.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

_HEAD_END, _CHUNKED_END = b"\r\n\r\n", b"\r\n0\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_PATIENCE = 60.0  # seconds for one answer; then the run has failed


@dataclass(slots=True)
class Figures:
    """What a run of load gave."""

    seconds: float = 0.0
    ms: list[float] = field(default_factory=list)
    """Of each request, from its writing to its last byte."""
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.ms) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def median(self) -> float:
        """Milliseconds."""
        return statistics.median(self.ms)


def request(url: str, body: Any = None, bearer: str | None = None, method: str = "POST") -> bytes:
    """A request as it goes over the wire."""
    parts = urlsplit(url)
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(content)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    if bearer is not None:
        lines.append(f"Authorization: Bearer {bearer}")
    return "\r\n".join(lines).encode() + _HEAD_END + content


class _Asker(asyncio.Protocol):
    """One connection, which asks again as soon as it is answered."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._buffer = bytearray()
        self._end = 0  # of the answer in the buffer; 0: not known yet, -1: chunked
        self._asked = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(exc)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if self._end == 0:
            at = buffer.find(_HEAD_END)
            if at < 0:
                return
            head = bytes(buffer[:at]).lower()
            self._status = int(buffer[9:12])
            length = head.find(_LENGTH)
            if length < 0:
                self._end = -1
            else:
                stop = head.find(b"\r\n", length + 2)
                value = head[length + len(_LENGTH) : stop if stop > 0 else len(head)]
                self._end = at + len(_HEAD_END) + int(value)
        if len(buffer) >= self._end if self._end > 0 else buffer.endswith(_CHUNKED_END):
            self._load.answered(self._status, self._asked)
            buffer.clear()
            self._end = 0
            self._ask()

    def _ask(self) -> None:
        if (asked := self._load.next()) is None:
            self._transport.close()
            return
        self._asked = time.perf_counter()
        self._transport.write(asked)


class _Load:
    """The requests of one run, over all its connections."""

    def __init__(self, requests: Sequence[bytes], seconds: float) -> None:
        self._requests, self._until = requests, time.perf_counter() + seconds
        self._count = 0
        self.open = 0
        self.figures = Figures()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next(self) -> bytes | None:
        """The next request; None when the time is over."""
        if time.perf_counter() > self._until:
            return None
        self._count += 1
        return self._requests[self._count % len(self._requests)]

    def answered(self, status: int, asked: float) -> None:
        """An answer is whole."""
        self.figures.ms.append((time.perf_counter() - asked) * 1000.0)
        self.figures.statuses[status] += 1

    def lost(self, error: Exception | None) -> None:
        """A connection has ended; before its time if there is an error, or if time is left."""
        self.open -= 1
        if not self.done.done():
            if error is not None or time.perf_counter() < self._until:
                self.done.set_exception(ConnectionError(f"the server hung up: {error}"))
            elif self.open == 0:
                self.done.set_result(None)


async def _run(url: str, requests: Sequence[bytes], connections: int, seconds: float) -> Figures:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    load = _Load(requests, seconds)
    load.open = connections
    began = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Asker(load), parts.hostname, parts.port)
    await asyncio.wait_for(load.done, seconds + _PATIENCE)
    load.figures.seconds = time.perf_counter() - began
    return load.figures


def _work(orders: Connection) -> None:
    import uvloop

    while (order := orders.recv()) is not None:
        try:
            orders.send(uvloop.run(_run(*order)))
        except Exception as error:
            orders.send(error)


class LoadGenerator:
    """The process that makes the load; to be used in a `with` block."""

    def __enter__(self) -> LoadGenerator:
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._orders.send(None)
        self._process.join(5)

    def run(self, url: str, requests: Sequence[bytes], connections: int, seconds: float) -> Figures:
        """Ask for so many seconds, `requests` in turn.

        Raises:
            ConnectionError: the server hung up.
        """
        self._orders.send((url, list(requests), connections, seconds))
        found = self._orders.recv()
        if isinstance(found, Exception):
            raise found
        figures: Figures = found
        return figures
