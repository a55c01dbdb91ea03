"""Serving a house: engines, the API's workers, batches and pages, each a process of its own under one parent.

    parent      owns the engines' supervisors, writes the board, keeps the others alive
      engine    one a local model
      worker    the API; several share one socket
      batches   works batches off
      pages     the workbench, a client of the API

When it is told to stop, workers first finish what they have begun; pages and engines stay until they have.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from caibian.errors import MissingExtra
from caibian.service.children import STOP, Children, Job, all_or_none
from caibian.service.gateway.folder import RunFolder, make_run_folder
from caibian.service.gateway.keeping import Keeper
from caibian.service.settings import HouseSettings
from caibian.sockets import listen, url
from caibian.storage import open_database

_PAGES = "caibian.workbench.run:serve"
_WORKER = "caibian.service.newsroom.worker:serve_worker"
_BATCHES = "caibian.service.newsroom.batch_process:run_batches"


@dataclass(frozen=True, slots=True)
class Served:
    """Where a house is reached."""

    pages: str | None
    api: str


def serve_house(
    settings: HouseSettings,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    api_port: int = 8000,
    workers: int = 1,
    pages: Mapping[str, Any] | None = None,
    on_ready: Callable[[Served], None] | None = None,
) -> None:
    """Serve a house until Ctrl-C or SIGTERM.

    Args:
        host: both listen there.
        port: of the pages; 0 takes a free one.
        api_port: of the API; 0 takes a free one.
        workers: processes that share the API's port.
        pages: further arguments of the pages' `serve`; None: the API alone.
        on_ready: called once all answer.

    Raises:
        PortInUse, ConfigError: an address cannot be had, a model not be loaded, or the database not be opened.
        InputError: the database is of a newer version.
        MissingExtra: the extra `serve` is not installed.
    """
    try:
        import uvicorn  # noqa: F401  (for the children; better said now)
    except ImportError as error:
        raise MissingExtra(error.name or "uvicorn", "serve") from error
    open_database(settings.database).close()
    listener = listen(host, api_port)
    processes = workers + 1  # that ask engines: batches are one
    folder = make_run_folder(settings, processes)
    try:
        if pages is not None:
            # A port that is taken is said before anything starts, and pages that are started anew keep theirs.
            with listen(host, port) as tried:
                port = tried.getsockname()[1]
        house = _House(settings, folder, listener, host, port, workers, pages)
        interrupted = asyncio.run(house.serve(on_ready))
    finally:
        listener.close()
        folder.remove()
    if interrupted:
        raise KeyboardInterrupt


class _House:
    """The processes of a house."""

    def __init__(
        self,
        settings: HouseSettings,
        folder: RunFolder,
        listener: socket.socket,
        host: str,
        port: int,
        workers: int,
        pages: Mapping[str, Any] | None,
    ) -> None:
        self._listener, self._folder = listener, folder
        self._host, self._port = host, port
        self._workers, self._page_arguments = workers, pages
        self._keeper = Keeper(settings, folder.board)
        self._asking = Children(settings.grace_s + STOP, log_json=True)
        self._pages = Children(log_json=True)
        self._stopped = asyncio.Event()
        self._caught: list[int] = []

    async def serve(self, on_ready: Callable[[Served], None] | None) -> bool:
        """Serve until a signal; says whether it was Ctrl-C."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, self._stop, number)
        starting = asyncio.create_task(self._start(), name="start")
        stopping = asyncio.create_task(self._stopped.wait(), name="stop")
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                served = starting.result()
                if on_ready is not None and not self._stopped.is_set():
                    on_ready(served)
                await stopping
        finally:
            for task in (starting, stopping):
                task.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)
            await self._asking.stop()
            await self._pages.stop()
            await self._keeper.stop()
        return signal.SIGINT in self._caught

    def _stop(self, number: int) -> None:
        self._caught.append(number)
        self._stopped.set()

    async def _start(self) -> Served:
        """Start everything side by side; the pages come last, for they greet with what the API says."""
        fd, processes = self._listener.fileno(), self._workers + 1
        shared = {"folder": str(self._folder.path), "processes": processes}
        jobs = [
            Job(f"the API ({number + 1})", _WORKER, {**shared, "number": number, "fd": fd}, (fd,))
            for number in range(self._workers)
        ]
        jobs.append(Job("batches", _BATCHES, {**shared, "number": self._workers}))
        await all_or_none(self._keeper.start(), *(self._asking.start(job) for job in jobs))
        api = url(self._host, self._listener.getsockname()[1])
        shown = None
        if self._page_arguments is not None:
            there = {"api_url": api, "host": self._host, "port": self._port, **self._page_arguments}
            shown = await self._pages.start(Job("the pages", _PAGES, there))
        return Served(shown, api)
