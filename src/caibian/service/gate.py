"""A bounded queue before the engine."""

from __future__ import annotations

import asyncio

from caibian.errors import CaibianError


class Busy(CaibianError):
    """Too many requests wait already."""


class Gate:
    """Lets `places` requests in at once and `queue` more wait, first come, first served."""

    def __init__(self, places: int, queue: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._queue = queue
        self.running = 0
        self.waiting = 0

    async def __aenter__(self) -> None:
        """Wait for a place.

        Raises:
            Busy: the queue is full.
        """
        if self._places.locked() and self.waiting >= self._queue:
            raise Busy(f"{self.running} requests are being answered and {self.waiting} wait; try again later")
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        self.running += 1

    async def __aexit__(self, *_: object) -> None:
        self.running -= 1
        self._places.release()
