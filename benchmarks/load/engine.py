"""A stand-in for a model: answers OpenAI's chat route with a text written beforehand, at once or at a pace.

It speaks HTTP on raw sockets and parses next to nothing, so that what is measured in front of it is the service.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_HEAD_END = b"\r\n\r\n"
ANSWER = "青岭市图书馆新馆三日开馆，馆藏一百一十万册，每天开放到二十二时。"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the stand-in writes."""

    first: float = 0.0  # seconds before the first piece, or before a whole answer
    piece: float = 0.0  # seconds between two pieces of a stream
    chars: int = 4  # characters a piece


def _usage() -> dict[str, int]:
    return {"prompt_tokens": 60, "completion_tokens": len(ANSWER), "total_tokens": 60 + len(ANSWER)}


def _answer(content: bytes, kind: bytes = b"application/json") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (
        kind,
        len(content),
        content,
    )


def _whole() -> bytes:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": ANSWER},
        "finish_reason": "stop",
        "logprobs": None,
    }
    return _answer(json.dumps(_thing("chat.completion", choices=[choice], usage=_usage())).encode())


def _thing(kind: str, **more: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-scripted", "object": kind, "created": 1_780_000_000, "model": "scripted"} | more


def _chunk(event: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(event), event)


def _events(pace: Pace) -> list[bytes]:
    def event(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        text = json.dumps(_thing("chat.completion.chunk", choices=[choice]), ensure_ascii=False)
        return _chunk(b"data: " + text.encode() + b"\n\n")

    pieces = [ANSWER[at : at + pace.chars] for at in range(0, len(ANSWER), pace.chars)]
    usage = json.dumps(_thing("chat.completion.chunk", choices=[], usage=_usage()))
    ending = _chunk(b"data: " + usage.encode() + b"\n\n") + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"
    return [
        event({"role": "assistant", "content": ""}) + event({"content": pieces[0]}),
        *(event({"content": piece}) for piece in pieces[1:]),
        event({}, "stop") + ending,
    ]


class _Server(asyncio.Protocol):
    """One connection."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (at := self._buffer.find(_HEAD_END)) >= 0:
            head = bytes(self._buffer[:at]).lower()
            length = head.find(b"content-length:")
            size = int(head[length + 15 :].split(b"\r\n", 1)[0]) if length >= 0 else 0
            end = at + len(_HEAD_END) + size
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[at + len(_HEAD_END) : end])
            del self._buffer[:end]
            self._serve(head, body)

    def _serve(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get"):
            listed = {"object": "list", "data": [{"id": "scripted", "object": "model", "owned_by": "load"}]}
            self._transport.write(_answer(json.dumps(listed).encode()))
        elif b'"stream":true' in body or b'"stream": true' in body:
            self._task = asyncio.ensure_future(self._stream())
        elif self._pace.first:
            asyncio.get_running_loop().call_later(self._pace.first, self._transport.write, _WHOLE)
        else:
            self._transport.write(_WHOLE)

    async def _stream(self) -> None:
        await asyncio.sleep(self._pace.first)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        first, *others = _events(self._pace)
        self._transport.write(head + first)
        for event in others:
            if self._pace.piece:
                await asyncio.sleep(self._pace.piece)
            self._transport.write(event)


_WHOLE = _whole()


def _serve(listener: socket.socket, pace: Pace) -> None:
    import uvloop

    async def live() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Server(pace), sock=listener)
        await server.serve_forever()

    uvloop.run(live())


@contextmanager
def scripted_engine(pace: Pace = Pace()) -> Iterator[str]:
    """The stand-in in a process of its own; yields its URL, up to /v1."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(listener, pace), daemon=True
        )
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            process.terminate()
            process.join(10)
