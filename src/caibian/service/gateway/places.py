"""How many requests are at each engine, over all processes that ask it.

One small file of counters is mapped into every process. Each writes its own row alone and sums all rows, so that no lock
is needed. Between two processes that look at the same moment a queue may get one request longer than it should.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from pathlib import Path

_PAIR = 2  # running, waiting
_BYTES = 4  # of a counter


def make_places(path: Path, processes: int, engines: int) -> None:
    """Make the file, all counters at zero."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "wb") as file:
        file.write(bytes(processes * engines * _PAIR * _BYTES))


class Places:
    """The counters as one process has them.

    Args:
        path: of the file; None: this is the only process.
        engines: how many there are.
        number: of this process; its row is set to zero, for its predecessor may have been killed.
    """

    def __init__(self, path: Path | None, engines: int, number: int = 0) -> None:
        self._width = engines * _PAIR
        if path is None:
            self._map = mmap.mmap(-1, self._width * _BYTES)
        else:
            with path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), 0)
        self._counters = memoryview(self._map).cast("i")
        self._row = number * self._width
        for place in range(self._row, self._row + self._width):
            self._counters[place] = 0

    def tally(self, engine: int) -> EngineTally:
        """The counters of one engine, by its place among them."""
        return EngineTally(self._counters, self._row + engine * _PAIR, self._width)


@dataclass(frozen=True, slots=True)
class EngineTally:
    """What a gate before an engine writes down and reads; see `caibian.service.gate.Tally`."""

    counters: memoryview[int]
    own: int
    width: int

    def note(self, running: int, waiting: int) -> None:
        """Write this process's numbers down."""
        self.counters[self.own], self.counters[self.own + 1] = running, waiting

    def total(self) -> tuple[int, int]:
        """(running, waiting) in all processes."""
        counters, running, waiting = self.counters, 0, 0
        for place in range(self.own % self.width, len(counters), self.width):
            running += counters[place]
            waiting += counters[place + 1]
        return running, waiting
