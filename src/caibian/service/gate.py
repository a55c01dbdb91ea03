"""A bounded queue before an engine."""

from __future__ import annotations

import asyncio
from typing import Protocol

from caibian.service.engine_errors import Busy


class Tally(Protocol):
    """Where a gate writes down its numbers, and reads those of the other processes' gates before the same engine."""

    def note(self, running: int, waiting: int) -> None:
        """Write this gate's numbers down."""
        ...

    def total(self) -> tuple[int, int]:
        """(running, waiting) of all gates before the engine."""
        ...


class Gate:
    """Lets `places` requests in at once and makes others wait, first come, first served.

    Args:
        most: requests that may be inside, running and waiting together; more are sent away.
        tally: with the gates of other processes before the same engine, `most` counts what is at all of them.
    """

    def __init__(self, places: int, most: int, tally: Tally | None = None) -> None:
        self._places = asyncio.Semaphore(places)
        self._most = most
        self._tally = tally
        self.running = 0
        self.waiting = 0

    async def enter(self) -> None:
        """Wait for a place; `leave` gives it back.

        Raises:
            Busy: too many are inside.
        """
        running, waiting = self._tally.total() if self._tally else (self.running, self.waiting)
        if running + waiting >= self._most:
            raise Busy(f"{running} requests are being answered and {waiting} wait; try again later")
        if self._places.locked():
            self.waiting += 1
            self._note()
            try:
                await self._places.acquire()
            finally:
                self.waiting -= 1
                self._note()
        else:
            await self._places.acquire()  # which is at once
        self.running += 1
        self._note()

    def leave(self) -> None:
        """Give the place back."""
        self.running -= 1
        self._note()
        self._places.release()

    def _note(self) -> None:
        if self._tally is not None:
            self._tally.note(self.running, self.waiting)
