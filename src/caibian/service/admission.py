"""Who may in: the account or key behind a request, its role, what is left to it, and the record of what it took.

A route names what it is part of and who may use it:

    @router.post("/tasks/{id}/run")
    async def run(asker: Annotated[Admitted, Depends(admitted("tasks"))], …): ...

Refusals, in the order in which they are looked for: 401 (nobody known, or a token or key that is void), 403 (not for this
role, not with this key, or switched off), 429 (too many requests this minute, or a budget of this day used up).
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from caibian.api.operations import FeatureName
from caibian.api.wire import DESK, Role
from caibian.errors import MissingExtra
from caibian.service.callers import token
from caibian.service.limits import Limits
from caibian.service.problems import Denied
from caibian.service.recorder import Ended, Recorder
from caibian.service.recording import Recording, Running, running
from caibian.service.settings import HouseSettings
from caibian.storage.access.budgets import Amounts, minute_of
from caibian.storage.access.passes import Pass, Passes
from caibian.storage.access.requests import Entry, Log
from caibian.storage.accounts import Account
from caibian.storage.database import Database

try:
    from fastapi import FastAPI, Request
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

_LOOKUPS = 8  # at once: as many as there are connections for them
HOUSE = "house"
"""What the log calls refused requests to what is no feature: accounts, operations."""
_MOST_NAME = 200  # characters of a task or model, as the log has room for
_WHOLE_DESK = frozenset(DESK)
_MOST_REFUSALS = 60  # lines a minute and account: a client gone wild must not fill the disk


@dataclass(slots=True)
class Meter:
    """What a request is about and what it took; the handler fills in what it learns, the record is made at its end."""

    task: str | None = None
    model: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    first_token_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who may do what they ask for."""

    account: Account
    request_id: str
    key: str | None = None  # id of the API key, if one was used
    meter: Meter = field(default_factory=Meter)


def admitted(
    feature: FeatureName | None, roles: Collection[Role] = DESK, *, keys_of: FeatureName | None = None
) -> Callable[[Request], Coroutine[Any, Any, Admitted]]:
    """A dependency that lets the request in, or refuses it with the Problem that says why.

    Args:
        feature: what the request is part of, whose budgets it counts against and whose switch it obeys; None: of
            nothing that is limited or logged, as the operations themselves.
        keys_of: where nothing is limited, the feature that a key must be for all the same: what is read belongs to
            one person, not to the whole desk.
    """
    return Gatekeeper(feature, frozenset(roles), keys_of).check


@dataclass(frozen=True)
class Gatekeeper:
    """The lock of a route; tests read from it whom it lets through."""

    feature: FeatureName | None
    roles: frozenset[Role]
    keys_of: FeatureName | None = None

    async def check(self, request: Request) -> Admitted:
        """Whoever asks, if they may."""
        admission: Admission = request.app.state.admission
        return await admission.admit(request, self)


def add_admission(app: FastAPI, settings: HouseSettings, database: Database) -> Admission:
    """Give an application its admission; it is closed by whoever closes the application."""
    admission = Admission(settings, database)
    app.state.admission = admission
    app.add_middleware(Recording)
    return admission


class Admission:
    """Lets requests in and has them recorded; one a process."""

    def __init__(self, settings: HouseSettings, database: Database) -> None:
        limits = settings.limits
        every = Amounts(limits.requests_a_minute, limits.tokens_a_day, limits.cost_a_day)
        self._database = database
        self._passes = Passes(database, settings.zone, every)
        self._limits = Limits(settings.zone, settings.currency)
        self.recorder = Recorder(database, Log(database, settings.zone), settings.keep_requests_days)
        self.refused: Counter[str] = Counter()
        """Refusals by code, those of unknown askers among them, who are not logged."""
        self._refusals: Counter[tuple[int, int]] = Counter()  # lines by minute and account
        self._lock = threading.Lock()
        # Its own few threads: a look-up waits behind no other work, and costs half of what the framework's threads do.
        self._threads = ThreadPoolExecutor(_LOOKUPS, "admission")

    def close(self) -> None:
        """Write what is to be recorded yet."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.recorder.close()

    async def admit(self, request: Request, gate: Gatekeeper) -> Admitted:
        """See `admitted`.

        Raises:
            Denied: with its status, code and, where waiting helps, `retry_after`.
        """
        try:
            bearer = token(request)
            # In a thread: a database that hangs must not stop the answers that run already.
            looking = asyncio.get_running_loop().run_in_executor(
                self._threads, self._passes.find, bearer, gate.feature
            )
            known = await looking
            if known is None:
                raise Denied(401, "nobody bears this token; log in again, or send a key that is not revoked")
        except Denied as refusal:
            self._count(refusal)
            raise
        now, at = running(request.scope), self._database.clock()
        now.account, now.feature = known.account.id, gate.feature
        asker = Admitted(known.account, now.id, known.key_id or None)
        try:
            self._check(known, gate, at)
        except Denied as refusal:
            self._count(refusal)
            now.code = refusal.code
            if self._may_log(at, known.account.id):
                now.at_end = self._recording(known, asker, gate.feature or HOUSE, at, counts=False)
            raise
        if gate.feature is not None:
            now.at_end = self._recording(known, asker, gate.feature, at, counts=True)
        return asker

    def _check(self, known: Pass, gate: Gatekeeper, at: datetime) -> None:
        role, feature = known.account.role, gate.feature
        if known.void is not None:
            raise Denied(401, known.void)
        if role not in gate.roles:
            raise Denied(403, f"not for the role {role}")
        part = feature or gate.keys_of
        shared = part is None and gate.roles >= _WHOLE_DESK  # what everybody at the desk may read
        if known.key_features is not None and part not in known.key_features and not shared:
            wanted = part or "this"
            raise Denied(
                403, f"this key is not for {wanted}; it is for {', '.join(sorted(known.key_features))}"
            )
        if feature is not None:
            self._limits.check(known, feature, at)

    def _recording(
        self, known: Pass, asker: Admitted, feature: str, at: datetime, *, counts: bool
    ) -> Callable[[Running], None]:
        place, minute = (asker.account.id, known.key_id, feature), minute_of(at)

        def at_end(now: Running) -> None:
            meter = asker.meter
            first = meter.first_token_seconds
            entry = Entry(
                id=now.id,
                at=at,
                user_id=asker.account.id,
                key_id=known.key_id,
                feature=feature,
                task=_name(meter.task),
                model=_name(meter.model),
                status=now.status,
                code=now.code,
                ms=now.ms,
                first_token_ms=None if first is None else first * 1000.0,
                prompt_tokens=meter.prompt_tokens,
                completion_tokens=meter.completion_tokens,
                cost=float(meter.cost),
            )
            self.recorder.put(
                Ended(
                    entry,
                    counts,
                    known.unseen if counts else None,
                    (lambda: self._limits.tally.wrote(minute, place)) if counts else None,
                )
            )

        return at_end

    def _count(self, refusal: Denied) -> None:
        with self._lock:
            self.refused[refusal.code] += 1

    def _may_log(self, at: datetime, user_id: int) -> bool:
        minute = minute_of(at)
        with self._lock:
            for old in [place for place in self._refusals if place[0] != minute]:
                del self._refusals[old]
            self._refusals[minute, user_id] += 1
            return self._refusals[minute, user_id] <= _MOST_REFUSALS


def _name(given: str | None) -> str | None:
    """A task or a model as it is logged: a client may have called it anything, and not every character can be kept."""
    if given is None or (given.isprintable() and len(given) <= _MOST_NAME):
        return given
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in given[:_MOST_NAME])
