"""The process that works batches off, beside the API of a house that runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from caibian.service.gateway.folder import RunFolder
from caibian.service.gateway.house import HouseGateway
from caibian.service.newsroom.batches import BatchRunner
from caibian.service.newsroom.book import TaskBook
from caibian.service.settings import HouseSettings
from caibian.storage import Database, open_database

_MOST_PARALLEL = 4  # items at a time


def run_batches(folder: str, number: int, processes: int, on_ready: Callable[[str], None]) -> None:
    """Work batches off until SIGTERM; a child process (see `caibian.service.child`).

    Args:
        folder: of the house that runs (`RunFolder`).
        number: of this process among those that ask engines.
        processes: how many of these there are.
    """
    run = RunFolder(Path(folder))
    run.count_there()
    settings = run.settings()
    database = open_database(settings.database)
    try:
        asyncio.run(_run(settings, run, number, processes, database, on_ready))
    finally:
        database.close()


async def _run(
    settings: HouseSettings,
    run: RunFolder,
    number: int,
    processes: int,
    database: Database,
    on_ready: Callable[[str], None],
) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(one, stopped.set)
    from caibian.service.metrics import answered

    gateway = HouseGateway(settings, *run.shared(settings, number), processes=processes, on_answer=answered)
    try:
        runner = BatchRunner(settings, database, gateway, TaskBook.of(settings), parallel(settings))
        on_ready("")
        await runner.run(stopped)
    finally:
        await gateway.close()


def parallel(settings: HouseSettings) -> int:
    """How many items are worked on at a time: half of what the engines take, for people wait at the other half."""
    seats = sum(engine.parallel for engine in settings.engines if not engine.embeds)
    return max(1, min(_MOST_PARALLEL, seats // 2))
