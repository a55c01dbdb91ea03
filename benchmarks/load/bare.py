"""What a service would cost that did nothing but FastAPI's part and the two statements: the peer of the throughput table.

It runs the house's own statements, the look-up of a key and the line of log with its counts, one after the other on
connections that stay open, and answers with bytes made beforehand: no engine, no checks, no limits.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import queue
import socket
import time
import zoneinfo
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import psycopg
import uvicorn
from fastapi import Body, FastAPI, Header, Response

from caibian.storage import open_database
from caibian.storage.access.budgets import Amounts, day_of, minute_of
from caibian.storage.access.keys import digest
from caibian.storage.access.passes import Passes
from caibian.storage.access.requests import _ENTRY, _USAGE, Log

_CONNECTIONS = 8  # as many as the house keeps for these statements
KINDS = ("threads", "async")
Asked = Annotated[dict[str, Any], Body()]
Bearer = Annotated[str, Header()]


def _serve(listener: socket.socket, url: str, answer: bytes, kind: str) -> None:
    zone = zoneinfo.ZoneInfo("Asia/Shanghai")
    database = open_database(url)
    find = Passes(database, zone, Amounts())._key
    log = Log(database, zone)._both
    database.close()

    def asked(authorization: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        token = authorization.removeprefix("Bearer ")
        return {
            "digest": digest(token),
            "feature": "chat",
            "day": day_of(now, zone),
            "minute": minute_of(now),
        }

    def line(user: int, key: str, began: float) -> dict[str, Any]:
        now, ms = datetime.now(UTC), (time.perf_counter() - began) * 1000.0
        entry = (uuid4().hex, now, user, key, "chat", None, "one", 200, None, ms, None, 60, 32, 0.0)
        usage = (day_of(now, zone), user, key, "chat", minute_of(now), 1, 1, 92, 0.0)
        return {name: [value] for name, value in zip(_ENTRY, entry, strict=True)} | {
            f"u_{name}": [value] for name, value in zip(_USAGE, usage, strict=True)
        }

    places: asyncio.Queue[Any] = asyncio.Queue()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for _ in range(_CONNECTIONS if kind == "async" else 0):
            places.put_nowait(await psycopg.AsyncConnection.connect(url, autocommit=True))
        yield

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    if kind == "threads":
        idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(_CONNECTIONS):
            idle.put(psycopg.connect(url, autocommit=True))

        @app.post("/v1/chat/completions")
        def chat(body: Asked, authorization: Bearer) -> Response:
            began, connection = time.perf_counter(), idle.get()
            try:
                row = connection.execute(find, asked(authorization)).fetchone()
                connection.execute(log, line(row[0], row[7], began))
            finally:
                idle.put(connection)
            return Response(answer, media_type="application/json")

    else:

        @app.post("/v1/chat/completions")
        async def chat_async(body: Asked, authorization: Bearer) -> Response:
            began, connection = time.perf_counter(), await places.get()
            try:
                row = await (await connection.execute(find, asked(authorization))).fetchone()
                await connection.execute(log, line(row[0], row[7], began))
            finally:
                places.put_nowait(connection)
            return Response(answer, media_type="application/json")

    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, ws="none")
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def bare_service(url: str, answer: dict[str, Any], kind: str) -> Iterator[str]:
    """The service in a process of its own, `threads` (a `def` route) or `async`; yields its URL."""
    assert kind in KINDS
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        content = json.dumps(answer, ensure_ascii=False).encode()
        process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(listener, url, content, kind), daemon=True
        )
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.terminate()
            process.join(10)
