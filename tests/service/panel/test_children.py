"""The processes of `caibian panel serve`: started, started again when they die, stopped together."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from caibian.errors import ConfigError
from caibian.service.children import Children, Job

_TELL = "tests.service.panel.jobs:tell_pid"
_FAIL = "tests.service.panel.jobs:fail"


async def _ask(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = await reader.read()
    writer.close()
    return int(said)


def test_a_child_that_dies_is_started_again_and_those_who_ask_meanwhile_wait_for_it() -> None:
    async def live() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port, children = listener.getsockname()[1], Children()
            job = Job("teller", _TELL, {"fd": listener.fileno()}, (listener.fileno(),))
            assert await children.start(job) == "here"
            first = children.pids()["teller"]
            assert await _ask(port) == first
            os.kill(first, signal.SIGKILL)
            while psutil.pid_exists(first):
                await asyncio.sleep(0.01)
            second = await _ask(port)  # the parent holds the port: this waits until somebody answers
            assert second == children.pids()["teller"] != first
            await children.stop()
            assert children.pids() == {}
            assert not psutil.pid_exists(second)

    asyncio.run(live())


def test_a_child_that_cannot_start_says_why_and_leaves_nothing() -> None:
    async def fail() -> None:
        children = Children()
        with pytest.raises(ConfigError, match="no room at the inn"):
            await children.start(Job("guest", _FAIL))
        with pytest.raises(ConfigError, match="guest ended while starting"):
            await children.start(Job("guest", "nowhere:at_all"))
        assert children.pids() == {}

    asyncio.run(fail())


def test_a_child_ends_when_its_parent_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "caibian.service.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )
        assert process.stdin is not None
        asked = {"call": _TELL, "arguments": {"fd": listener.fileno()}}
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        with socket.create_connection(listener.getsockname()) as connection:
            assert connection.recv(20) == str(process.pid).encode()
        process.stdin.close()
        assert process.wait(60) == -signal.SIGTERM
