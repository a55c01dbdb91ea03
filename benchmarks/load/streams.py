"""One stream after the other, or many that stand idle: what a single client sees."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from benchmarks.load.client import request

_HEAD_END = b"\r\n\r\n"
_TIMEOUT = 300.0  # seconds for one answer


@dataclass(frozen=True, slots=True)
class Streamed:
    """One answer in pieces."""

    first: float  # seconds until its first piece of text
    seconds: float
    tokens: int


class Stream:
    """A client with one connection that is kept open."""

    def __init__(self, url: str, bearer: str | None, path: str = "/chat/completions") -> None:
        self._url, self._bearer, self._path = url, bearer, path
        parts = urlsplit(url)
        self._place = (parts.hostname or "", parts.port or 80)
        self._socket: socket.socket | None = None

    def ask(self, body: dict[str, Any]) -> Streamed:
        """Ask, and read to the end.

        Raises:
            RuntimeError: it was refused.
        """
        wire = request(self._url + self._path, body, self._bearer)
        try:
            return self._ask(wire)
        except (ConnectionError, BrokenPipeError):
            self.close()  # it was idle for too long
            return self._ask(wire)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, wire: bytes) -> Streamed:
        if self._socket is None:
            self._socket = socket.create_connection(self._place, timeout=_TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began, first, buffer = time.perf_counter(), None, bytearray()
        self._socket.sendall(wire)
        while True:
            chunk = self._socket.recv(1 << 16)
            if not chunk:
                raise ConnectionError("the server hung up")
            buffer += chunk
            if first is None and _has_text(buffer):
                first = time.perf_counter() - began
            if _ended(buffer):
                break
        seconds = time.perf_counter() - began
        if int(buffer[9:12]) != 200 or first is None:
            raise RuntimeError(f"refused: {bytes(buffer[-500:])!r}")
        return Streamed(first, seconds, _tokens(bytes(buffer)))


def _ended(buffer: bytearray) -> bool:
    at = buffer.find(_HEAD_END)
    if at < 0:
        return False
    head = bytes(buffer[:at]).lower()
    if b"chunked" in head:
        return buffer.endswith(b"\r\n0\r\n\r\n")
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    return len(buffer) >= at + len(_HEAD_END) + length


def _has_text(buffer: bytearray) -> bool:
    """Whether a piece that is not empty has come: of OpenAI's stream, or of a task's."""
    at = buffer.find(b'"content":')
    while at >= 0:
        value = buffer[at + 10 : at + 14].lstrip()
        if len(value) >= 2 and value[:1] == b'"' and value[:2] != b'""':
            return True
        at = buffer.find(b'"content":', at + 1)
    return b"event: piece" in buffer


def _tokens(answer: bytes) -> int:
    """The count that the answer gives of itself."""
    for line in reversed(answer.split(b"\n")):
        if line.startswith(b"data: {"):
            said = json.loads(line[6:].decode("utf-8", "replace"))
            if (usage := said.get("usage")) is not None:
                return int(usage["completion_tokens"])
            if "completion_tokens" in said:
                return int(said["completion_tokens"])
    raise RuntimeError("the answer does not say how long it is")


async def idle_streams(url: str, body: dict[str, Any], bearer: str, count: int) -> list[asyncio.StreamWriter]:
    """So many streams of which each has begun; they stay open until their writers are closed."""
    parts = urlsplit(url)
    wire = request(url, body, bearer)

    async def begin() -> asyncio.StreamWriter:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(wire)
        seen = b""
        while b'"content":' not in seen:
            chunk = await asyncio.wait_for(reader.read(1 << 14), _TIMEOUT)
            if not chunk or (len(seen) > 12 and b" 200 " not in seen[:13]):
                raise RuntimeError(f"refused: {seen + chunk!r}")
            seen += chunk
        return writer

    return list(await asyncio.gather(*(begin() for _ in range(count))))
