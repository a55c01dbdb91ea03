"""A client of a house that behaves as client programs should, and notes all that it is answered.

A lost answer is asked for again with the same `key`, and a refusal that says when to come back is obeyed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.load.house import House

_PATIENCE = 120.0  # seconds for one answer
_GIVE_UP = 90.0  # seconds after which a request that is only ever refused or lost has failed
_PAUSE = 0.1  # seconds before asking again, where nobody said how long to wait
_MOST_PAUSE = 2.0
_WAIT = (429, 503)


class Failed(Exception):
    """An answer that none should have got."""


@dataclass
class Seen:
    """What was answered."""

    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[str] = field(default_factory=Counter)  # "action status"
    broken: Counter[str] = field(default_factory=Counter)  # connections that ended before the answer did
    cut: Counter[str] = field(default_factory=Counter)  # streams that ended with an error event
    bare: list[str] = field(default_factory=list)  # 429 and 503 that do not say when to come back
    failures: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """All that were answered."""
        return sum(self.statuses.values())


class Asker:
    """Speaks for everybody in a house.

    Args:
        patient: asks again where the service is away or refuses for a while, until it is answered; else such an
            answer is a failure.
    """

    def __init__(self, house: House, session: aiohttp.ClientSession, patient: bool) -> None:
        self.house, self.session, self.patient = house, session, patient
        self.seen = Seen()
        self.tokens: dict[str, str] = {}
        """Sessions by who has one; all others use their keys."""

    async def ask(self, who: str, method: str, path: str, body: Any = None, **content: Any) -> Any:
        """The body of an answer, which must be a success.

        Raises:
            Failed: it is none.
        """
        status, data = await self.answer(who, method, path, body, **content)
        if status >= 400:
            raise Failed(f"{method} {path}: {status} {data[:300].decode('utf-8', 'replace')}")
        return json.loads(data) if data else None

    async def answer(
        self, who: str, method: str, path: str, body: Any = None, form: Any = None
    ) -> tuple[int, bytes]:
        """An answer, asked for again while the service is away, if `patient`."""
        action = f"{method} {_template(path)}"
        until = time.monotonic() + _GIVE_UP
        while True:
            began = time.perf_counter()
            try:
                data = form() if form is not None else None
                headers = {"Authorization": f"Bearer {self.tokens.get(who) or self.house.keys[who]}"}
                async with self.session.request(
                    method, f"{self.house.url}{path}", json=body, data=data, headers=headers
                ) as reply:
                    found = await reply.read()
                    status, wait = reply.status, reply.headers.get("Retry-After")
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self.seen.broken[action] += 1
                if not self.patient or time.monotonic() > until:
                    raise Failed(f"{action}: {type(error).__name__}: {error}") from error
                await asyncio.sleep(_PAUSE)
                continue
            self.seen.statuses[f"{action} {status}"] += 1
            self.seen.ms[action].append((time.perf_counter() - began) * 1000.0)
            if status in _WAIT:
                if wait is None or not wait.isdigit():
                    self.seen.bare.append(f"{action}: {status} without Retry-After: {found[:200]!r}")
                if self.patient and time.monotonic() < until:
                    await asyncio.sleep(min(float(wait or _PAUSE), _MOST_PAUSE))
                    continue
            return status, found

    async def stream(self, path: str, body: Any, endings: tuple[bytes, ...]) -> None:
        """Read an answer in pieces to one of its endings.

        Raises:
            Failed: it has none.
        """
        action, until = f"POST {_template(path)} (stream)", time.monotonic() + _GIVE_UP
        headers = {"Authorization": f"Bearer {self.house.keys['reporter']}"}
        while True:
            began, tail, wait = time.perf_counter(), b"", None
            try:
                async with self.session.post(f"{self.house.url}{path}", json=body, headers=headers) as reply:
                    status, wait = reply.status, reply.headers.get("Retry-After")
                    async for chunk in reply.content.iter_any():
                        tail = (tail + chunk)[-20_000:]
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self.seen.broken[action] += 1
                if not self.patient or time.monotonic() > until:
                    raise Failed(f"{action}: {type(error).__name__}: {error}") from error
                await asyncio.sleep(_PAUSE)
                continue
            self.seen.statuses[f"{action} {status}"] += 1
            self.seen.ms[action].append((time.perf_counter() - began) * 1000.0)
            if status == 200 and any(ending in tail for ending in endings):
                return
            if status == 200:
                self.seen.cut[action] += 1
                if b"error" not in tail:
                    raise Failed(f"{action}: ended without an end: {tail[-300:]!r}")
            elif status in _WAIT and (wait is None or not wait.isdigit()):
                self.seen.bare.append(f"{action}: {status} without Retry-After: {tail[:200]!r}")
            if not self.patient or status not in (200, *_WAIT) or time.monotonic() > until:
                raise Failed(f"{action}: {status} {tail[-300:].decode('utf-8', 'replace')}")
            await asyncio.sleep(min(float(wait or _PAUSE), _MOST_PAUSE))


def _template(path: str) -> str:
    """A path without what sets its requests apart."""
    parts = path.partition("?")[0].split("/")
    return "/".join("{id}" if len(part) == 32 and part.isalnum() else part for part in parts)
