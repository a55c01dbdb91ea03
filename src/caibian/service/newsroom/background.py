"""A house that runs without a terminal: started, found again and stopped through a small file beside its database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from caibian.errors import CaibianError, ConfigError
from caibian.files import write_json
from caibian.service.settings import HouseSettings

_LOOK_EVERY = 0.1  # seconds
_CREATED_WITHIN = 1.0  # seconds; the same number at another time is another process
_SLACK = 15.0  # seconds beyond the grace that stopping everything may take
_LAST_LINES = 15  # of the log, for a start that failed


class NotRunning(CaibianError):
    """No house is being served from these settings."""


@dataclass(frozen=True, slots=True)
class Running:
    """A house that runs."""

    pid: int
    created: float  # when the process was started, since the epoch
    pages: str | None
    api: str


def state_file(settings: HouseSettings, config: Path) -> Path:
    """Where a running house leaves word of itself: beside the database's file, or beside the settings."""
    beside = config.absolute() if "://" in settings.database else Path(settings.database)
    return beside.with_suffix(".pid")


def log_file(settings: HouseSettings, config: Path) -> Path:
    """Where it logs without a terminal."""
    return state_file(settings, config).with_suffix(".log")


def find(path: Path) -> Running | None:
    """The house that left word in this file, if it still runs."""
    try:
        running = Running(**json.loads(path.read_text(encoding="utf-8")))
        process = psutil.Process(running.pid)
        alive = process.status() != psutil.STATUS_ZOMBIE
        same = abs(process.create_time() - running.created) < _CREATED_WITHIN
    except (OSError, ValueError, TypeError, psutil.Error):
        return None
    return running if alive and same else None


def refuse_second(path: Path) -> None:
    """Raises ConfigError where a house already runs."""
    if (running := find(path)) is not None:
        raise ConfigError(
            f"this house is being served already (process {running.pid}, {running.pages or running.api}); "
            "caibian newsroom stop ends that"
        )


def leave_word(path: Path, pages: str | None, api: str) -> None:
    """Write down that this process serves the house; where nothing can be written, as beside the settings in a
    container, whoever started it stops it."""
    own = psutil.Process()
    with suppress(OSError):
        write_json(path, asdict(Running(own.pid, own.create_time(), pages, api)))


def take_back(path: Path) -> None:
    """Take back what `leave_word` wrote, if it is this process's."""
    if (running := find(path)) is not None and running.pid == os.getpid():
        with suppress(FileNotFoundError):
            path.unlink()


def start(arguments: Sequence[str], state: Path, log: Path) -> Running:
    """Start `caibian` with these arguments on its own, and wait until it says that it is ready.

    Raises:
        ConfigError: it ended instead; the message ends with the last lines of its log.
    """
    refuse_second(state)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    begun = log.stat().st_size
    with open(handle, "ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "caibian", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    while process.poll() is None:
        if (running := find(state)) is not None and running.pid == process.pid:
            return running
        time.sleep(_LOOK_EVERY)
    with log.open("rb") as file:
        file.seek(begun)
        last = file.read().decode("utf-8", "replace").splitlines()[-_LAST_LINES:]
    raise ConfigError("the house could not be started:\n" + "\n".join(f"  {line}" for line in last))


def stop(state: Path, grace: float) -> Running:
    """Stop a running house: it finishes the answers it has begun.

    Args:
        grace: seconds that it gives them.

    Raises:
        NotRunning: there is none.
        ConfigError: it does not end; the message says how to end it.
    """
    if (running := find(state)) is None:
        raise NotRunning(f"no house runs that left word in {state}")
    os.kill(running.pid, signal.SIGTERM)
    until = time.monotonic() + grace + _SLACK
    while find(state) is not None:
        if time.monotonic() > until:
            raise ConfigError(f"process {running.pid} has not ended after {grace + _SLACK:g} s: kill it")
        time.sleep(_LOOK_EVERY)
    return running
