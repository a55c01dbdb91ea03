"""Keeps the processes of a service alive: starts them, starts them again when they die, stops them together."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from caibian.errors import ConfigError

logger = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5  # seconds before a restart, doubled while a child keeps dying young
_LONGEST_PAUSE = 30.0
_YOUNG = 60.0  # seconds: a child that dies younger may be dying of its own start
_START = 120.0  # seconds that a start may take on a busy machine
STOP = 6.0  # seconds between asking a child to stop and ending it


@dataclass(frozen=True, slots=True)
class Job:
    """What a child does; see `child`."""

    name: str  # for messages
    call: str  # module:function
    arguments: dict[str, Any] = field(default_factory=dict)
    fds: tuple[int, ...] = ()  # open files that it inherits


class Children:
    """Child processes, each kept alive until `stop`.

    Args:
        stop_seconds: what a child that was asked to stop may take, before it is ended.
        log_json: children log a line of JSON a record.
    """

    def __init__(self, stop_seconds: float = STOP, *, log_json: bool = False) -> None:
        self._stop_seconds, self._log_json = stop_seconds, log_json
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._drains: dict[str, asyncio.Task[None]] = {}

    async def start(self, job: Job) -> str:
        """Start a child and keep it alive; gives what it said when it was ready.

        Raises:
            ConfigError: it did not get ready, for the reason it gave.
        """
        ready = await self._spawn(job)
        self._keepers.append(asyncio.create_task(self._keep(job), name=f"keeper of {job.name}"))
        return ready

    def pids(self) -> dict[str, int]:
        """The children that run now."""
        return {name: process.pid for name, process in self._running.items()}

    async def stop(self) -> None:
        """Stop all children; those that do not are ended."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(self._end(name) for name in list(self._running)))

    async def _keep(self, job: Job) -> None:
        pause = _FIRST_PAUSE
        while True:
            born = time.monotonic()
            code = await self._running[job.name].wait()
            if time.monotonic() - born > _YOUNG:
                pause = _FIRST_PAUSE
            logger.error("%s ended with status %s; starting it again in %g s", job.name, code, pause)
            while True:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                try:
                    await self._spawn(job)
                    break
                except (ConfigError, OSError) as error:
                    logger.error("%s could not be started: %s", job.name, error)

    async def _spawn(self, job: Job) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "caibian.service.child",
            job.name,  # for whoever looks at the machine's list of processes
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal is ours to handle
            pass_fds=job.fds,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._running[job.name] = process
        assert process.stdin is not None
        assert process.stdout is not None
        said: dict[str, str] = {}
        with suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            asked = {"call": job.call, "arguments": job.arguments, "log_json": self._log_json}
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            await process.stdin.drain()
            said = await asyncio.wait_for(_first_word(process.stdout), _START)
        if "ready" not in said:
            await self._end(job.name)
            raise ConfigError(
                said.get("error") or f"{job.name} ended while starting; its messages stand above"
            )
        self._drains[job.name] = asyncio.create_task(_drain(process.stdout))
        return said["ready"]

    async def _end(self, name: str) -> None:
        process = self._running.pop(name)
        if process.stdin is not None:
            process.stdin.close()  # which it takes for SIGTERM
        try:
            await asyncio.wait_for(process.wait(), self._stop_seconds)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def all_or_none(*starts: Coroutine[Any, Any, Any]) -> None:
    """Wait for all; where one fails the others are cancelled, and its error is raised."""
    tasks = [asyncio.ensure_future(start) for start in starts]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def _first_word(stdout: asyncio.StreamReader) -> dict[str, str]:
    """What a child says of its start; libraries that greet on standard output are passed over."""
    while line := await stdout.readline():
        with suppress(ValueError):
            said = json.loads(line)
            if isinstance(said, dict) and {"ready", "error"} & said.keys():
                return said
    return {}


async def _drain(stdout: asyncio.StreamReader) -> None:
    """Read on, or a talkative child would one day wait for its reader."""
    while await stdout.read(1 << 16):
        pass
