"""Starting a stage's process, watching its memory, stopping it with everything it started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from caibian.errors import StageError
from caibian.files import write_json
from caibian.pipeline.child import FAILED, FAILURE, INTERRUPTED

_SAMPLE_SECONDS = 0.25
_SAVE_SECONDS = 5.0  # how much working time a `kill -9` can leave uncounted
_GRACE_SECONDS = 10.0  # from Ctrl-C until a stage that does not stop is killed
_ATTEMPTS = "attempts.json"


@dataclass
class Usage:
    """Time and memory of one stage, over all attempts at it."""

    folder: Path
    before: list[dict[str, float]] = field(default_factory=list)  # earlier attempts, interrupted
    seconds: float = 0.0
    peak_memory_mb: float = 0.0

    @classmethod
    def begin(cls, folder: Path) -> Usage:
        """Start counting an attempt; earlier ones are read from the folder."""
        try:
            before = json.loads((folder / _ATTEMPTS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = []
        return cls(folder, before)

    def save(self) -> None:
        """Write all attempts so far."""
        this = {"seconds": round(self.seconds, 3), "peak_memory_mb": round(self.peak_memory_mb, 1)}
        write_json(self.folder / _ATTEMPTS, [*self.before, this])

    @property
    def total_seconds(self) -> float:
        """Working time of all attempts."""
        return self.seconds + sum(attempt["seconds"] for attempt in self.before)

    @property
    def peak_mb(self) -> float:
        """Largest memory of any attempt, in MB."""
        return max([self.peak_memory_mb, *(attempt["peak_memory_mb"] for attempt in self.before)])


def work(job: dict[str, Any], lock: int) -> Usage:
    """Do one stage in a process of its own, and wait for it.

    Args:
        job: what `caibian.pipeline.child` reads; `out` is the stage's folder.
        lock: descriptor of the run directory's lock, which the process holds as well, so that nobody enters
            while it lives.

    Raises:
        StageError: the stage failed, crashed or was killed; the message says which, and the remedy.
        KeyboardInterrupt: Ctrl-C; the process and all it started are gone by then.
    """
    folder = Path(job["out"])
    (folder / FAILURE).unlink(missing_ok=True)
    usage = Usage.begin(folder)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "caibian.pipeline.child"],
        stdin=subprocess.PIPE,
        process_group=0,  # Ctrl-C reaches only us; we pass it on once
        pass_fds=(lock,),
        env={**os.environ, "PYTHONHASHSEED": "0"},  # no result may depend on the order of a set
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()  # and kept open: the child ends when it closes
        _watch(process, usage)
    except BrokenPipeError:
        process.wait()  # died before it read the job; its status says how
    except KeyboardInterrupt:
        _stop(process)
        raise
    finally:
        _end_group(process)
        usage.save()
    _check(process.returncode, job["stage"], folder, usage)
    return usage


def _watch(process: subprocess.Popen[bytes], usage: Usage) -> None:
    started = saved = time.monotonic()
    watched = psutil.Process(process.pid)
    while True:
        try:
            process.wait(_SAMPLE_SECONDS)
        except subprocess.TimeoutExpired:
            usage.peak_memory_mb = max(usage.peak_memory_mb, _tree_mb(watched))
        now = time.monotonic()
        usage.seconds = now - started
        if process.returncode is not None:
            return
        if now - saved > _SAVE_SECONDS:
            saved = now
            usage.save()


def _tree_mb(process: psutil.Process) -> float:
    """Resident memory of a process and all below it, in MB; pages that they share count once for each."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            try:
                total += one.memory_info().rss
            except psutil.Error:
                continue
    except psutil.Error:
        pass
    return total / 1e6


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the stage to stop; a second Ctrl-C, or waiting too long, kills it."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(_GRACE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.returncode != 0:  # workers of a pool may outlive a main process that died
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.returncode is None:
        process.wait()
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def _check(status: int, stage: str, folder: Path, usage: Usage) -> None:
    if status == 0:
        return
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    if status == FAILED and (folder / FAILURE).exists():
        failure = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
        message = failure["message"]
        if not message.startswith((f"{stage}:", f"{stage}.")):
            message = f"{stage}: {message}"
        if not failure["expected"]:
            message += (
                f"\n  This is a fault of the program; where it arose stands in {folder / FAILURE} and is "
                "shown by: caibian --debug run …"
            )
        raise StageError(message) from _remote(failure)
    if status in (-signal.SIGKILL, 128 + signal.SIGKILL):
        memory = psutil.virtual_memory().total / 1e6
        raise StageError(
            f"{stage}: its process was killed from outside; most often there was too little memory "
            f"(last seen at {usage.peak_memory_mb:,.0f} MB; the machine has {memory:,.0f} MB). What it had "
            "finished is kept; the same command goes on."
        )
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    raise StageError(f"{stage}: its process ended with {how}, in native code or before it could report")


class _RemoteTraceback(Exception):
    """The traceback of the stage's process, for --debug."""


def _remote(failure: dict[str, Any]) -> _RemoteTraceback:
    return _RemoteTraceback("\n" + failure["traceback"])
