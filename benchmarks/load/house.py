"""A house that really runs: `caibian serve --config` as a person starts it, with accounts, keys and engines."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import yaml

from caibian.api.wire import ROLES
from caibian.storage import Database, open_database
from caibian.storage.access.keys import create_key
from caibian.storage.accounts import create_account

PASSWORD = "korrekt-pferd-batterie"
_START, _STOP = 90.0, 60.0  # seconds
NO_LIMITS = {"requests_a_minute": None, "tokens_a_day": None, "cost_a_day": None}


@dataclass(frozen=True, slots=True)
class Engine:
    """A supervised engine that runs."""

    url: str  # up to /v1
    token: str
    process: psutil.Process


class House:
    """One house: its settings and database in a folder, and the processes that serve it.

    Args:
        database: URL; None: SQLite in the folder.
        engines: as they stand in `newsroom.yaml`.
        workers: processes of the API.
        pages: with the workbench.
    """

    def __init__(
        self,
        folder: Path,
        engines: Sequence[dict[str, Any]],
        *,
        database: str | None = None,
        workers: int = 1,
        pages: bool = False,
        **settings: Any,
    ) -> None:
        self.folder, self.workers, self.pages = folder, workers, pages
        self.database = database or str(folder / "newsroom.db")
        self.config = folder / "newsroom.yaml"
        written = {"database": self.database, "engines": list(engines), "limits": NO_LIMITS} | settings
        self.config.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
        self.keys: dict[str, str] = {}
        """Of an account of every role, by the role."""
        self._port, self._pages_port = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "log"

    @property
    def url(self) -> str:
        """Of the API."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pages_url(self) -> str:
        """Of the workbench."""
        return f"http://127.0.0.1:{self._pages_port}"

    @property
    def log(self) -> str:
        """What the processes have written so far."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    def __enter__(self) -> House:
        self.move_in()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def move_in(self) -> None:
        """An account of every role, named after it, with a password and a key each."""
        with contextlib.closing(open_database(self.database)) as opened:
            for role in ROLES:
                create_account(opened, role, role=role, password=PASSWORD)
                self.keys[role] = create_key(opened, role, "load")[1]

    def open(self) -> Database:
        """The database itself, past the service; to be closed."""
        return open_database(self.database)

    def start(self) -> None:
        """Start the service, and wait until it is ready for work.

        Raises:
            RuntimeError: it ended, or did not get ready; with what it wrote.
        """
        ports = ["--port", str(self._pages_port), "--api-port", str(self._port)]
        ports += [] if self.pages else ["--no-pages"]
        command = [sys.executable, "-m", "caibian", "serve", "--config", str(self.config), *ports]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--workers", str(self.workers)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=os.environ | {"CAIBIAN_HOME": os.environ.get("CAIBIAN_HOME", str(self.folder))},
                start_new_session=True,
            )
        until = time.monotonic() + _START
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"the service did not get ready:\n{self.log[-4000:]}")
            time.sleep(0.05)

    def ready(self) -> bool:
        """Whether it says so itself, and its pages answer."""
        addresses = [f"{self.url}/health/ready", *([f"{self.pages_url}/login"] if self.pages else [])]
        try:
            for address in addresses:
                with urllib.request.urlopen(address, timeout=5):
                    pass
        except (OSError, urllib.error.URLError):
            return False
        return True

    def stop(self) -> None:
        """Have it stop in good order."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process = process
            self.kill()
            raise RuntimeError(f"the service did not stop within {_STOP:g} s") from None

    def processes(self) -> list[psutil.Process]:
        """Those that run now, the parent first."""
        if self._process is None:
            return []
        try:
            parent = psutil.Process(self._process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def engine(self, name: str) -> Engine:
        """A supervised engine, as the house's own board has it.

        Raises:
            RuntimeError: it is not running.
        """
        listening = {
            place.laddr.port: process
            for process in self.processes()
            for place in _connections(process)
            if place.status == psutil.CONN_LISTEN
        }
        for board in Path(tempfile.gettempdir()).glob("caibian-*/board.json"):
            for one in json.loads(board.read_bytes()):
                if one["name"] == name and (process := listening.get(urlsplit(one["url"]).port)):
                    return Engine(one["url"], one["token"], process)
        raise RuntimeError(f"the engine {name} does not run")

    def workers_memory(self) -> dict[str, int]:
        """Resident bytes of each process, by what it does and its number."""
        found: dict[str, int] = {}
        for number, process in enumerate(self.processes()):
            with contextlib.suppress(psutil.Error):
                does = "engine" if "caibian.service.engine" in process.cmdline() else "child"
                found[f"{'parent' if number == 0 else does} {process.pid}"] = process.memory_info().rss
        return found

    def kill(self, parent_alone: bool = False) -> None:
        """kill -9 of the parent, and of all its children at the same moment, unless they are to notice by themselves."""
        processes = self.processes()
        for process in processes[:1] if parent_alone else processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process is not None:
            self._process.wait()
            self._process = None
        _, alive = psutil.wait_procs(processes, timeout=30)
        if alive:
            raise RuntimeError(f"still there 30 s after their parent was killed: {alive}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _connections(process: psutil.Process) -> list[Any]:
    try:
        return list(process.net_connections("tcp"))
    except psutil.Error:
        return []
