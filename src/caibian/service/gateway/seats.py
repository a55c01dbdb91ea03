"""Where the gateway finds its engines: local ones by the board, remote ones by their settings."""

from __future__ import annotations

import asyncio
import os
import time

from caibian.errors import ConfigError
from caibian.service.engine_errors import EngineDown
from caibian.service.gateway.board import Board, Standing
from caibian.service.line import Address
from caibian.service.settings import EngineSettings

_LOOK_EVERY = 0.02  # seconds, while an engine is being started
_DOUBT = 1.0  # seconds in which the board may not know yet that an engine has died
_COMING = 5.0  # seconds worth waiting for an engine that is being started
_ELSEWHERE = 15.0  # and for one that is not ours to start


class LocalSeat:
    """An engine under this house's supervision."""

    def __init__(self, name: str, board: Board) -> None:
        self._name, self._board = name, board
        self._lost: tuple[str, float] | None = (
            None  # url of an engine that broke a connection, and until when
        )

    async def address(self, patience: float) -> Address:
        """See `Seat`."""
        until = time.monotonic() + patience
        while True:
            standing = self._board.engine(self._name)
            if standing.state == "ready" and not self._doubted(standing):
                return Address(standing.url, {"Authorization": f"Bearer {standing.token}"})
            if time.monotonic() >= until:
                reason = standing.reason if standing.state != "ready" else "it broke a connection just now"
                raise EngineDown(
                    f"the engine {self._name} is not running: {reason or 'it is being started'}", _COMING
                )
            await asyncio.sleep(_LOOK_EVERY)

    async def lost(self, address: Address, moment: str) -> EngineDown:
        """See `Seat`."""
        self._lost = (address.url, time.monotonic() + _DOUBT)
        return EngineDown(
            f"the engine {self._name} stopped {moment} it answered; it is being started again", _COMING
        )

    def _doubted(self, standing: Standing) -> bool:
        if self._lost is None:
            return False
        url, until = self._lost
        if standing.url != url or time.monotonic() > until:
            self._lost = None
        return self._lost is not None


class RemoteSeat:
    """A compatible service elsewhere.

    Raises:
        ConfigError: the environment variable with its key is not set.
    """

    def __init__(self, settings: EngineSettings, board: Board, *, alternatives: bool) -> None:
        self._name, self._board, self._alternatives = settings.name, board, alternatives
        self._address = remote_address(settings)

    async def address(self, patience: float) -> Address:
        """See `Seat`. Where another engine may be asked instead, one that did not answer the last check is passed over."""
        if (
            self._alternatives
            and (standing := self._board.engine(self._name)).state == "stopped"
            and not patience
        ):
            raise EngineDown(f"the engine {self._name} cannot be reached: {standing.reason}", _ELSEWHERE)
        return self._address

    async def lost(self, address: Address, moment: str) -> EngineDown:
        """See `Seat`."""
        return EngineDown(
            f"the engine {self._name} cannot be reached, or stopped {moment} it answered", _ELSEWHERE
        )


def remote_address(settings: EngineSettings) -> Address:
    """Where a remote engine is, with its key.

    Raises:
        ConfigError: the environment variable with the key is not set.
    """
    assert settings.url is not None
    if settings.api_key_env is None:
        return Address(settings.url.rstrip("/"))
    if not (key := os.environ.get(settings.api_key_env)):
        raise ConfigError(
            f"engines.{settings.name}.api_key_env: the environment variable {settings.api_key_env} is not set"
        )
    return Address(settings.url.rstrip("/"), {"Authorization": f"Bearer {key}"})
