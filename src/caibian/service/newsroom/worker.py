"""A worker of a house's API: a child process that shares its socket with others."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from caibian.service.gateway.folder import RunFolder
from caibian.service.gateway.house import HouseGateway
from caibian.storage import open_database

# Only pages on this machine may name another address than their own as a login's, unless the environment names who else:
# without it all logins would come from where the pages run, and one guesser would lock everybody out.
_TRUSTED = "127.0.0.1,::1"
TRUSTED = "FORWARDED_ALLOW_IPS"  # uvicorn's own name for it; the pages' server reads it by itself
_LAST_SECONDS = 1  # for what is left of connections once all answers have ended


def serve_worker(folder: str, number: int, processes: int, fd: int, on_ready: Callable[[str], None]) -> None:
    """Serve the API on a socket that the parent listens on, until SIGTERM; see `caibian.service.child`.

    Args:
        folder: of the house that runs (`RunFolder`).
        number: of this process among those that ask engines.
        processes: how many of these there are.
        fd: the socket; several workers may share it, and it outlives them.
    """
    run = RunFolder(Path(folder))
    run.count_there()
    from caibian.service.metrics import answered
    from caibian.service.newsroom.app import create_newsroom_app
    from caibian.service.newsroom.examining import warm

    settings = run.settings()
    database = open_database(settings.database)
    gateway = HouseGateway(settings, *run.shared(settings, number), processes=processes, on_answer=answered)
    app = create_newsroom_app(settings, database, gateway)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_LAST_SECONDS,
        proxy_headers=True,
        forwarded_allow_ips=os.environ.get(TRUSTED) or _TRUSTED,
    )
    server = DrainingServer(config, settings.grace_s)

    # Beside the first requests: those that need word lists wait for them, and all others do not.
    threading.Thread(target=warm, name="word lists", daemon=True).start()

    async def serve() -> None:
        on_ready("")  # the parent listens already: what comes now waits for a moment, no longer
        try:
            await server.serve(sockets=[socket.socket(fileno=fd)])
        finally:
            await gateway.close()

    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(serve())
    finally:
        database.close()


class DrainingServer(uvicorn.Server):
    """Asked to stop, it goes on answering what it has begun, for `grace` seconds at most; what comes newly gets 503."""

    def __init__(self, config: uvicorn.Config, grace: float) -> None:
        super().__init__(config)
        self._grace = grace
        self._until: float | None = None

    def handle_exit(self, sig: int, frame: Any) -> None:
        """The first signal begins the end, a second one is the end."""
        if self._until is not None:
            super().handle_exit(sig, frame)
            return
        self._until = time.monotonic() + self._grace
        self._drain.stopping = True

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop now; asked ten times a second."""
        stop = await super().on_tick(counter)
        if self._until is None:
            return stop
        return stop or not self._drain.running or time.monotonic() >= self._until

    @property
    def _drain(self) -> Any:
        application: Any = self.config.app
        return application.state.drain
