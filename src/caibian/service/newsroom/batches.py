"""Working batches off, in a process beside the API. Any number of these may run over one database.

An item is claimed, performed as the API performs a task, and its answer kept. What is killed in between is claimed anew
when its lease has run out. An item counts as a request of whoever asked for the batch: switches, budgets and the log of
requests hold for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from caibian.api.tasks import TaskAnswer
from caibian.api.wire import DESK
from caibian.compliance import RefusedTopic
from caibian.errors import CaibianError, ModelError
from caibian.service.admission import Meter
from caibian.service.engine_errors import Busy, EngineDown, Overdue
from caibian.service.gateway.asking import Gateway
from caibian.service.limits import Limits
from caibian.service.newsroom.batching import run_of
from caibian.service.newsroom.book import TaskBook
from caibian.service.newsroom.engine_problems import as_denied
from caibian.service.newsroom.performing import prepare
from caibian.service.problems import Denied
from caibian.service.recorder import Ended, Recorder
from caibian.service.settings import HouseSettings
from caibian.storage.access.budgets import Amounts, minute_of
from caibian.storage.access.passes import Pass, Passes
from caibian.storage.access.requests import Entry, Log
from caibian.storage.access.schema import NO_KEY
from caibian.storage.database import Database
from caibian.storage.newsroom import claims
from caibian.storage.newsroom.claims import LEASE, Claim

logger = logging.getLogger(__name__)

FEATURE = "batches"
_LOOK_S = 1.0  # between two looks for work
_AFTER_FAULT_S = 5.0  # when the database is away
_RENEW_S = LEASE.total_seconds() / 3
_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 60.0  # before an item is tried again
_MOST_TRIES = 30  # with these waits about 25 minutes; then a person must say that it is worth trying on
_FEW_TRIES = 3  # of an engine that fails in another way than being busy or down
_HELD_UP_S = 60.0  # before an item is looked at again whose budget is used up or whose feature is off


@dataclass(frozen=True, slots=True)
class _Waits(Exception):
    """An item cannot be had now, for a reason that passes; it counts as no try."""

    reason: str
    seconds: float


class BatchRunner:
    """Works batches off.

    Args:
        parallel: items at a time. People who wait come first: leave the engines room for them.
    """

    def __init__(
        self, settings: HouseSettings, database: Database, gateway: Gateway, book: TaskBook, parallel: int = 1
    ) -> None:
        every = Amounts(
            settings.limits.requests_a_minute, settings.limits.tokens_a_day, settings.limits.cost_a_day
        )
        self._database, self._gateway, self._book, self._parallel = database, gateway, book, parallel
        self._passes = Passes(database, settings.zone, every)
        self._limits = Limits(settings.zone, settings.currency)
        self.recorder = Recorder(database, Log(database, settings.zone), settings.keep_requests_days)

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until stopped; an item that is being written then is given back at once, for another to write."""
        workers = [asyncio.create_task(self._work(stopped)) for _ in range(self._parallel)]
        try:
            await stopped.wait()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await asyncio.to_thread(self.recorder.close)

    async def step(self) -> bool:
        """Claim one item and see it through; False where there is nothing to do."""
        claimed = await asyncio.to_thread(claims.claim, self._database)
        if claimed is None:
            return False
        try:
            async with self._held(claimed):
                await self._perform(claimed)
        except asyncio.CancelledError:
            claims.put_back(self._database, claimed, timedelta(0), tried=False)
            raise
        return True

    async def _work(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            wait = 0.0
            try:
                if not await self.step():
                    wait = _LOOK_S
            except SQLAlchemyError as error:
                logger.error("batches: the database failed: %s", error)
                wait = _AFTER_FAULT_S
            except Exception:  # one item must not stop all others; its lease runs out, and it is tried again
                logger.exception("batches: an item failed unexpectedly")
                wait = _LOOK_S
            if wait:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopped.wait(), wait)

    async def _perform(self, claimed: Claim) -> None:
        if claimed.tries > _MOST_TRIES:  # it kills whoever touches it, or its engine never came
            await self._finish(claimed, problem="given up after many tries")
            return
        try:
            known = await asyncio.to_thread(self._pass, claimed)
        except _Waits as held:
            await self._put_back(claimed, held.seconds, held.reason, tried=False)
            return
        except Denied as refusal:
            await self._finish(claimed, problem=str(refusal))
            return
        await self._ask(claimed, known)

    async def _ask(self, claimed: Claim, known: Pass) -> None:
        meter, began, at, id = (
            Meter(task=claimed.task),
            time.perf_counter(),
            self._database.clock(),
            uuid4().hex,
        )
        status, code = 200, None
        try:
            card = self._book.card(claimed.task)
            answer = await prepare(
                self._gateway, self._book, claimed.task, run_of(claimed, card), id=id, meter=meter
            ).answer()
        except CaibianError as error:
            denied = as_denied(error)
            status, code = (denied.status, denied.code) if denied else (422, "invalid")
            if isinstance(error, (Busy, EngineDown, Overdue)) and claimed.tries < _MOST_TRIES:
                wait = max(float(getattr(error, "retry_after", 0.0)), _backoff(claimed.tries))
                await self._put_back(claimed, wait, str(error))
            elif isinstance(error, ModelError) and status == 502 and claimed.tries < _FEW_TRIES:
                await self._put_back(claimed, _backoff(claimed.tries), str(error))
            else:
                await self._finish(claimed, problem=_said(error))
        else:
            await self._finish(claimed, answer=answer)
        finally:
            self._record(claimed, known, meter, id, at, status, code, time.perf_counter() - began)

    def _pass(self, claimed: Claim) -> Pass:
        """Whether the batch's asker may still do this, now.

        Raises:
            _Waits: not now.
            Denied: not any more.
        """
        known = self._passes.of(claimed.account.id, claimed.key or NO_KEY, FEATURE)
        if known is None:
            raise Denied(401, "its asker is not known any more")
        if known.void is not None:
            raise Denied(401, known.void)
        if known.account.role not in DESK:
            raise Denied(403, f"not for the role {known.account.role}")
        if known.key_features is not None and FEATURE not in known.key_features:
            raise Denied(403, f"the key is not for {FEATURE} any more")
        try:
            self._limits.check(known, FEATURE, self._database.clock())
        except Denied as refusal:
            raise _Waits(str(refusal), min(float(refusal.retry_after or _HELD_UP_S), _HELD_UP_S)) from refusal
        return known

    def _record(
        self,
        claimed: Claim,
        known: Pass,
        meter: Meter,
        id: str,
        at: datetime,
        status: int,
        code: str | None,
        seconds: float,
    ) -> None:
        first = meter.first_token_seconds
        entry = Entry(
            id=id,
            at=at,
            user_id=claimed.account.id,
            key_id=known.key_id,
            feature=FEATURE,
            task=meter.task,
            model=meter.model,
            status=status,
            code=code,
            ms=seconds * 1000.0,
            first_token_ms=None if first is None else first * 1000.0,
            prompt_tokens=meter.prompt_tokens,
            completion_tokens=meter.completion_tokens,
            cost=float(meter.cost),
        )
        place, minute = (claimed.account.id, known.key_id, FEATURE), minute_of(at)
        self.recorder.put(Ended(entry, True, known.unseen, lambda: self._limits.tally.wrote(minute, place)))

    async def _finish(
        self, claimed: Claim, *, answer: TaskAnswer | None = None, problem: str | None = None
    ) -> None:
        kept = None if answer is None else answer.model_dump(mode="json")
        await asyncio.to_thread(claims.finish, self._database, claimed, answer=kept, problem=problem)

    async def _put_back(self, claimed: Claim, seconds: float, why: str, *, tried: bool = True) -> None:
        wait = timedelta(seconds=seconds)
        await asyncio.to_thread(claims.put_back, self._database, claimed, wait, why=why, tried=tried)

    @asynccontextmanager
    async def _held(self, claimed: Claim) -> AsyncIterator[None]:
        """Renew a claim for as long as its item is worked on."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(_RENEW_S)
                with suppress(
                    SQLAlchemyError
                ):  # if it stays away, the lease runs out and the answer is not taken
                    await asyncio.to_thread(claims.renew, self._database, claimed)

        task = asyncio.create_task(renew())
        try:
            yield
        finally:
            task.cancel()


def _backoff(tries: int) -> float:
    return min(_FIRST_WAIT_S * 2.0 ** (tries - 1), _LONGEST_WAIT_S)


def _said(error: CaibianError) -> str:
    return f"topic: {error}" if isinstance(error, RefusedTopic) else str(error)
