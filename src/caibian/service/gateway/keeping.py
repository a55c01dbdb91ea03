"""The process that owns the house's engines: keeps local ones alive, looks after remote ones, writes the board."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from caibian.errors import CaibianError, ConfigError
from caibian.models.settings import chat_settings
from caibian.service.children import all_or_none
from caibian.service.embedding_engine import BACKEND as EMBED
from caibian.service.gateway.board import Standing, State, write_board
from caibian.service.gateway.seats import remote_address
from caibian.service.line import Address, new_client
from caibian.service.settings import EngineSettings, HouseSettings
from caibian.service.supervisor import EngineSpec, Supervisor

logger = logging.getLogger(__name__)

_CHECK_EVERY = 10.0  # seconds between two looks at a remote engine
_CHECK_SECONDS = 5.0  # that a look may take
_REFUSED = (401, 403)
_BROKEN = 500


def engine_spec(settings: EngineSettings) -> EngineSpec:
    """What a local engine's process is asked to load. Weights that are not here yet are pulled.

    Raises:
        ConfigError: naming the engine and what is wrong with its model.
    """
    assert settings.model is not None
    if settings.embeds:
        if settings.backend not in (None, EMBED):
            raise ConfigError(
                f"engines.{settings.name}.backend: a local engine that embeds has the backend {EMBED}, "
                f"got {settings.backend}"
            )
        known: dict[str, Any] = {"name": settings.name, "threads": settings.threads}
        return EngineSpec(settings.model, EMBED, None, 1, known, settings.name)
    try:
        known = chat_settings(
            settings.model,
            backend=settings.backend,
            adapter=settings.adapter,
            threads=settings.threads,
            context=settings.context,
            parallel=settings.parallel,
        )
    except CaibianError as error:
        raise ConfigError(f"engines.{settings.name}.model: {error}") from error
    return EngineSpec(
        settings.model, settings.backend, settings.adapter, settings.parallel, known, settings.name
    )


class Keeper:
    """Owns the engines of a house.

    Args:
        settings: of the house.
        board: the file to write how they stand into.
        start_seconds: how long loading one may take.

    Raises:
        ConfigError: a model cannot be found, or the environment variable with a key is not set.
    """

    def __init__(self, settings: HouseSettings, board: Path, *, start_seconds: float = 300.0) -> None:
        self._path = board
        self._order = [one.name for one in settings.engines]
        self.supervisors = {
            one.name: Supervisor(engine_spec(one), start_seconds=start_seconds, on_change=self._write)
            for one in settings.engines
            if one.model is not None
        }
        self._remote = {one.name: remote_address(one) for one in settings.engines if one.url is not None}
        self._remote_standing = {
            one.name: Standing(one.name, url=one.url, model=one.remote_model or one.name)
            for one in settings.engines
            if one.url is not None
        }
        self._checks: list[asyncio.Task[None]] = []
        self._clients: dict[str, aiohttp.ClientSession] = {}

    async def start(self) -> None:
        """Start all engines, and keep them alive from then on.

        Raises:
            ConfigError: one cannot load its model; none is left running.
        """
        self._write()
        try:
            await all_or_none(*(self._start(name) for name in self.supervisors))
        except BaseException:
            await self.stop()
            raise
        if self._remote:
            self._clients = {name: new_client(address.url) for name, address in self._remote.items()}
            await asyncio.gather(*(self._check(name, address) for name, address in self._remote.items()))
            self._write()
            self._checks = [
                asyncio.create_task(self._look_after(name, address), name=f"look after {name}")
                for name, address in self._remote.items()
            ]

    async def stop(self) -> None:
        """End all engines."""
        for check in self._checks:
            check.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        for client in self._clients.values():
            await client.close()
        await asyncio.gather(*(supervisor.stop() for supervisor in self.supervisors.values()))

    def standings(self) -> list[Standing]:
        """All engines as they stand now, in the order of the settings."""
        return [
            _local(name, self.supervisors[name]) if name in self.supervisors else self._remote_standing[name]
            for name in self._order
        ]

    async def _start(self, name: str) -> None:
        try:
            await self.supervisors[name].start()
        except CaibianError as error:
            raise ConfigError(f"engines.{name}: {error}") from error

    def _write(self) -> None:
        # A folder that somebody removed must not stop the engines of those who read it before.
        with suppress(FileNotFoundError):
            write_board(self._path, self.standings())

    async def _look_after(self, name: str, address: Address) -> None:
        while True:
            await asyncio.sleep(_CHECK_EVERY)
            if await self._check(name, address):
                self._write()

    async def _check(self, name: str, address: Address) -> bool:
        """See whether a remote engine answers; says whether that is news."""
        before = self._remote_standing[name]
        reason = await self._ask(self._clients[name], address)
        state: State = "stopped" if reason else "ready"
        self._remote_standing[name] = replace(before, state=state, reason=reason)
        if state == before.state:
            return False
        if reason:
            logger.error("the engine %s cannot be used: %s", name, reason)
        elif before.state == "stopped":
            logger.info("the engine %s answers again", name)
        return True

    async def _ask(self, client: aiohttp.ClientSession, address: Address) -> str:
        """Why a remote engine cannot be used; empty where it can."""
        timeout = aiohttp.ClientTimeout(total=_CHECK_SECONDS)
        try:
            async with client.get(
                f"{address.url}/models", headers=address.headers, timeout=timeout, allow_redirects=False
            ) as reply:
                status = reply.status
        except TimeoutError:
            return f"no answer within {_CHECK_SECONDS:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        if status in _REFUSED:
            return f"it refuses this house's key (status {status})"
        # Servers without a list of models answer 404, and chat all the same.
        return f"it fails (status {status})" if status >= _BROKEN else ""


def _local(name: str, supervisor: Supervisor) -> Standing:
    state: State = "stopped"
    match supervisor.state:
        case "ready" | "starting" | "restarting" as known:
            state = known
    return Standing(
        name,
        state,
        f"{supervisor.url}/v1" if supervisor.url else "",
        supervisor.token,
        supervisor.model,
        supervisor.starts,
        supervisor.reason,
    )
