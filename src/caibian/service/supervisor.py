"""Keeps one engine process alive: starts it, watches it, starts it again when it dies or stops moving."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import httpx

from caibian.errors import CaibianError, ModelError
from caibian.service.engine_errors import EngineDown
from caibian.service.engine_spec import EngineSpec

__all__ = ["EngineDown", "EngineSpec", "Supervisor"]

logger = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5  # seconds before a restart, doubled while the engine keeps dying young
_LONGEST_PAUSE = 30.0
_YOUNG = 60.0  # seconds: an engine that dies younger than this may be dying of its own start
_NOTICE = 0.5  # seconds in which the end of a process that broke a connection is known
_WATCH_EVERY = 2.0
_TAIL_LINES = 40  # of the engine's standard error, for the message when it dies


class Supervisor:
    """Owns the engine process.

    Args:
        spec: what to load.
        start_seconds: how long loading may take, and how long a request waits for an engine that is starting.
        stall_seconds: a busy engine that gives no sign of progress for so long is taken for hung and replaced.
        on_change: called whenever `state`, and what goes with it, is another.
    """

    def __init__(
        self,
        spec: EngineSpec,
        *,
        start_seconds: float = 120.0,
        stall_seconds: float = 300.0,
        on_change: Callable[[], None] | None = None,
    ) -> None:
        self.spec = spec
        self.model = ""  # the name the engine gave itself
        self.url = ""
        self.token = secrets.token_urlsafe(24)
        self.state = "stopped"  # starting | ready | restarting | stopped
        self.starts = 0
        self.reason = ""  # why the last engine ended
        self.pid: int | None = None
        self.start_seconds, self._stall_seconds = start_seconds, stall_seconds
        self._on_change = on_change
        self._ready = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stderr: deque[str] = deque(maxlen=_TAIL_LINES)

    async def start(self) -> None:
        """Start the engine for the first time and keep it alive from then on.

        Raises:
            ModelError: it cannot load the model; nothing is left running.
        """
        self._become("starting")
        try:
            await self._spawn()
        except BaseException:
            await self.stop()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="engine keeper")

    async def stop(self) -> None:
        """End the engine and stop watching."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        await self._end()
        self._become("stopped")

    async def ready(self, patience: float | None = None) -> None:
        """Wait until the engine can take requests.

        Args:
            patience: seconds; by default what loading may take.

        Raises:
            EngineDown: it could not be started in time.
        """
        if self._ready.is_set():
            return
        try:
            await asyncio.wait_for(self._ready.wait(), self.start_seconds if patience is None else patience)
        except TimeoutError:
            message = f"the engine is not running: {self.reason or 'it is still starting'}"
            raise EngineDown(message, retry_after=_LONGEST_PAUSE) from None

    async def lost(self) -> None:
        """A connection to the engine broke: where its process is gone, nobody is sent to it any more.

        The keeper notices by itself, but who asks again at once may be quicker than it.
        """
        process = self._process
        if process is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _NOTICE)
        if process is self._process and process.returncode is not None:
            self._ready.clear()

    def _become(self, state: str) -> None:
        self.state = state
        if self._on_change is not None:
            self._on_change()

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            born = time.monotonic()
            self.reason = await self._watch()
            self._ready.clear()
            self._become("restarting")
            logger.error("the engine ended: %s; starting it again", self.reason)
            await self._end()
            if time.monotonic() - born > _YOUNG:
                pause = _FIRST_PAUSE
            while True:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                try:
                    await self._spawn()
                    break
                except (CaibianError, OSError) as error:
                    self.reason = str(error)
                    self._become("restarting")
                    logger.error("the engine could not be started: %s", error)

    async def _spawn(self) -> None:
        self.starts += 1
        self._stderr.clear()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "caibian.service.engine",
            *([self.spec.label] if self.spec.label else []),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal is ours to handle
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._process, self.pid = process, process.pid
        assert process.stdin is not None
        assert process.stdout is not None
        self._drain = asyncio.create_task(self._read_stderr(process))
        asked = self.spec.asked(self.token)
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        try:
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), self.start_seconds)
        except TimeoutError:
            await self._end()
            raise ModelError(f"the engine did not load the model within {self.start_seconds:g} s") from None
        except (BrokenPipeError, ConnectionResetError):
            line = b""
        said = json.loads(line) if line.strip() else {}
        if "port" not in said:
            ending = await self._ending(process)
            await self._end()
            raise ModelError(said.get("error") or f"the engine ended while loading the model: {ending}")
        self.model, self.url = said["model"], f"http://127.0.0.1:{said['port']}"
        self._ready.set()
        self._become("ready")

    async def _watch(self) -> str:
        """Returns, when the engine is dead or hung, why."""
        process = self._process
        assert process is not None
        exit_task = asyncio.ensure_future(process.wait())
        moved, seen = time.monotonic(), -1
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False) as client:
                while True:
                    done, _ = await asyncio.wait({exit_task}, timeout=_WATCH_EVERY)
                    if done:
                        return await self._ending(process)
                    with suppress(httpx.HTTPError, ValueError, KeyError):
                        health = (await client.get("/health", timeout=_WATCH_EVERY)).json()
                        if health["progress"] != seen or not health["running"]:
                            moved, seen = time.monotonic(), health["progress"]
                    if time.monotonic() - moved > self._stall_seconds:
                        return f"it gave no sign of progress for {self._stall_seconds:g} s"
        finally:
            exit_task.cancel()

    async def _ending(self, process: asyncio.subprocess.Process) -> str:
        """In words, how a process ended, with the last line it wrote to standard error."""
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _WATCH_EVERY)
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(self._drain), _WATCH_EVERY)
        code = process.returncode
        how = "it is still running" if code is None else f"exit status {code}"
        if code is not None and code < 0:
            with suppress(ValueError):
                how = f"killed by {signal.Signals(-code).name}"
        last = next((line for line in reversed(self._stderr) if line.strip()), "")
        return f"{how}: {last}" if last else how

    async def _end(self) -> None:
        self._ready.clear()
        process, self._process, self.pid = self._process, None, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # a healthy engine ends by itself
        try:
            await asyncio.wait_for(process.wait(), 1.0)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _read_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:  # a line longer than the buffer, of which nobody needs to know more
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            self._stderr.append(text)
            logger.debug("engine: %s", text)
