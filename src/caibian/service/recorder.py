"""Writes the log of requests beside the requests, not in their way.

One thread a process writes what has ended since it last looked: at rest every request by itself and at once, under
load, twenty times a second, many in one statement. A database that is away for a while costs no request its answer; what waits too long to be
written is dropped, and counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from caibian.storage.access import requests
from caibian.storage.access.requests import Entry
from caibian.storage.database import Database

logger = logging.getLogger(__name__)

_MOST_WAITING = 20_000  # entries; some 10 MB
_MOST_AT_ONCE = 500  # entries a statement
_RETRY_S = 1.0
_APART_S = 0.05  # seconds between two writes: under load there is something at any moment, and each costs a round trip
_HOPELESS = (DataError, IntegrityError, ProgrammingError)  # will be refused again, however long one waits
_PRUNE_EVERY_S = 3600.0


@dataclass(slots=True)
class Ended:
    """A request that has ended."""

    entry: Entry
    counts: bool  # against budgets; a refused one does not
    unseen: str | None = None  # session or key whose use is to be noted
    written: Callable[[], None] | None = None


class Recorder:
    """Started by the first entry; `close` writes what waits."""

    def __init__(self, database: Database, log: requests.Log, keep_days: int) -> None:
        self._database, self._log, self._keep_days = database, log, keep_days
        self._waiting: deque[Ended] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self._pruned = time.monotonic()
        self._wrote = -_APART_S
        self._hurry = 0  # so many wait for what they put
        self.dropped = 0
        """Requests that were never written."""

    def put(self, ended: Ended) -> None:
        """Have a request written; returns at once."""
        with self._changed:
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(ended)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="request log", daemon=True)
                self._thread.start()
            if len(self._waiting) == 1:
                self._changed.notify_all()

    def flush(self, seconds: float = 5.0) -> bool:
        """Wait until all that was put is written; says whether it is."""
        with self._changed:
            self._hurry += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)
            finally:
                self._hurry -= 1

    def close(self) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=10.0)

    @property
    def waiting(self) -> int:
        """Requests that have ended and are not written yet."""
        return len(self._waiting)

    def _run(self) -> None:
        while batch := self._next():
            self._write_patiently(batch)
            self._wrote = time.monotonic()
            with self._changed:
                self._busy = False
                self._changed.notify_all()
            self._prune()

    def _write_patiently(self, batch: list[Ended]) -> None:
        while not self._write(batch):
            with self._changed:
                self._changed.wait(_RETRY_S)
                if self._closing:
                    self.dropped += len(batch)
                    break

    def _next(self) -> list[Ended]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if (rest := self._wrote + _APART_S - time.monotonic()) > 0:
                self._changed.wait_for(lambda: self._hurry or self._closing, rest)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]
            self._busy = bool(batch)
            return batch

    def _write(self, batch: list[Ended]) -> bool:
        try:
            self._log.write([one.entry for one in batch], [one.entry for one in batch if one.counts])
        except SQLAlchemyError as error:
            if isinstance(error, _HOPELESS) and not error.connection_invalidated:
                self._write_in_halves(batch, error)
                return True
            logger.error("the log of requests waits for the database: %s", error)
            return False
        except Exception:
            # A bug must not end the thread, nor keep one bad entry at the head for ever.
            logger.exception("%d requests could not be logged", len(batch))
            self.dropped += len(batch)
            return True
        for one in batch:
            if one.written is not None:
                one.written()
        self._note_use(batch)
        return True

    def _write_in_halves(self, batch: list[Ended], error: SQLAlchemyError) -> None:
        """One entry that the database refuses must not keep all others from being written."""
        if len(batch) == 1:
            logger.error("a request could not be logged: %s", error)
            self.dropped += 1
            return
        middle = len(batch) // 2
        self._write_patiently(batch[:middle])
        self._write_patiently(batch[middle:])

    def _note_use(self, batch: list[Ended]) -> None:
        if used := {one.unseen for one in batch if one.unseen is not None}:
            try:
                requests.note_use(self._database, used, max(one.entry.at for one in batch))
            except SQLAlchemyError as error:
                logger.warning("when keys were last used could not be noted: %s", error)

    def _prune(self) -> None:
        if time.monotonic() - self._pruned < _PRUNE_EVERY_S:
            return
        self._pruned = time.monotonic()
        try:
            if gone := requests.prune(self._database, self._keep_days):
                logger.info("%d requests older than %d days were deleted", gone, self._keep_days)
        except SQLAlchemyError as error:
            logger.warning("old requests could not be deleted: %s", error)
