"""Running the panel: its API and its pages as supervised processes, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from caibian.errors import MissingExtra
from caibian.service.children import Children, Job
from caibian.sockets import listen, url
from caibian.storage import open_database

PAGES = "caibian.workbench.run:serve"


def serve(
    database: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    api_port: int = 0,
    workers: int = 1,
    pages: Mapping[str, Any] | None = None,
    on_ready: Callable[[str | None, str], None] | None = None,
) -> None:
    """Serve a database's panels until Ctrl-C or SIGTERM.

    Args:
        database: file or URL.
        host, port: of the pages, or, without pages, of the API; port 0 takes a free one.
        api_port: of the API behind the pages, on loopback; 0 takes a free one.
        workers: processes that share the API's port.
        pages: further arguments of the pages' `serve`; None: the API alone.
        on_ready: called with the addresses of the pages, if any, and of the API, once both answer.

    Raises:
        PortInUse, ConfigError: the address cannot be had, or the database not be opened.
        InputError: the database is of a newer version.
        MissingExtra: the extra `serve` is not installed.
    """
    try:
        import uvicorn  # noqa: F401  (for the children; better said now)

        import caibian.service.panel.app  # noqa: F401
    except ImportError as error:
        raise MissingExtra(error.name or "uvicorn", "serve") from error
    open_database(database).close()
    listener = listen("127.0.0.1", api_port) if pages is not None else listen(host, port)
    try:
        if pages is not None:
            # A port that is taken is said before anything starts, and pages that are started anew keep theirs.
            with listen(host, port) as tried:
                port = tried.getsockname()[1]
        interrupted = asyncio.run(_serve(database, listener, host, port, workers, pages, on_ready))
    finally:
        listener.close()
    if interrupted:
        raise KeyboardInterrupt


async def _serve(
    database: str,
    listener: socket.socket,
    host: str,
    port: int,
    workers: int,
    pages: Mapping[str, Any] | None,
    on_ready: Callable[[str | None, str], None] | None,
) -> bool:
    """Serve until a signal; says whether it was Ctrl-C."""
    stopped = asyncio.Event()
    caught: list[int] = []

    def stop(number: int) -> None:
        caught.append(number)
        stopped.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop, number)
    children = Children()
    api_url = url("127.0.0.1" if pages is not None else host, listener.getsockname()[1])
    shown = None
    try:
        for worker in range(workers):
            arguments = {"database": database, "fd": listener.fileno()}
            call = "caibian.service.child:serve_api"
            await children.start(Job(f"the API ({worker + 1})", call, arguments, (listener.fileno(),)))
        if pages is not None:
            there = {"api_url": api_url, "host": host, "port": port, **pages}
            shown = await children.start(Job("the pages", PAGES, there))
        if not stopped.is_set() and on_ready is not None:
            on_ready(shown, api_url)
        await stopped.wait()
    finally:
        await children.stop()
    return signal.SIGINT in caught
