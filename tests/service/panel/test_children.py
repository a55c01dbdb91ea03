"""The processes of `caibian panel serve`: started, started again when they die, stopped together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import httpx
import psutil
import pytest

from caibian.api.panel import PREFIX
from caibian.errors import ConfigError
from caibian.service.panel.children import Children, Job
from tests.storage.databases import fresh_url

_API = "caibian.service.panel.child:serve_api"


def test_a_worker_that_dies_is_started_again_on_the_same_port(tmp_path: Path) -> None:
    url = fresh_url("sqlite", tmp_path)

    async def live() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}{PREFIX}/health"
        children = Children()
        job = Job("the API", _API, {"database": url, "fd": listener.fileno()}, (listener.fileno(),))
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            await children.start(job)
            first = children.pids()["the API"]
            assert (await client.get(address)).status_code == 200
            os.kill(first, signal.SIGKILL)
            # The parent holds the port: who asks in between waits, and is answered by the next worker.
            while True:
                try:
                    assert (await client.get(address)).status_code == 200
                    break
                except httpx.RemoteProtocolError:  # the kept connection of the one that was killed
                    continue
                except httpx.ReadError:
                    continue
            second = children.pids()["the API"]
            assert second != first
            await children.stop()
        listener.close()
        assert children.pids() == {}
        assert not psutil.pid_exists(second)

    asyncio.run(live())


def test_a_child_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    async def fail() -> None:
        children = Children()
        with pytest.raises(ConfigError, match="SQLite needs a file"):
            await children.start(Job("the API", _API, {"database": "sqlite://", "fd": 0}))
        assert children.pids() == {}

    asyncio.run(fail())
