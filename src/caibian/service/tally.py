"""Requests that this process let in within the running minute.

The database counts a request when it has ended; one that runs still, and may for minutes, is counted here meanwhile.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from caibian.storage.access.passes import Allowance

_Place = tuple[int, str, str]  # account, key, feature


class Tally:
    """Counts of one process. With one process limits are exact; of several, each does not see what runs in the others
    and has not ended yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._let_in: Counter[_Place] = Counter()
        self._written: Counter[_Place] = Counter()  # of those, what the database counts by now

    def enter(self, minute: int, place: _Place, allowances: Iterable[Allowance]) -> Allowance | None:
        """Let a request in, or give the allowance that is used up."""
        with self._lock:
            self._begin(minute)
            for allowance in allowances:
                most = allowance.limits.requests_a_minute
                if most is not None and self._used(allowance) >= most:
                    return allowance
            self._let_in[place] += 1
        return None

    def wrote(self, minute: int, place: _Place) -> None:
        """The database counts a request now."""
        with self._lock:
            if minute == self._minute:
                self._written[place] += 1

    def _begin(self, minute: int) -> None:
        if minute > self._minute:
            self._minute = minute
            self._let_in.clear()
            self._written.clear()

    def _used(self, allowance: Allowance) -> int:
        mine = running = 0
        for place, count in self._let_in.items():
            if allowance.covers(*place):
                mine += count
                running += count - self._written[place]
        # Of the request that was written between the SELECT and now only the first figure knows.
        return max(mine, allowance.minute_requests + running)
