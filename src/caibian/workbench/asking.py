"""Asking the service for something on behalf of a visitor: one way for all clients, and what may come of it.

Reading and PUTs are tried again when the service is away: the same PUT sent twice is harmless by the contracts in
`caibian.api`. A POST is sent once, for a second try could count against a limit, or do something twice.

    PanelError
    ├── Unreachable    no answer after all tries, or the service's own failure (5xx)
    ├── Unauthorised   wrong name or password, or the session has ended
    ├── Forbidden      not for this person
    ├── NotFound       there is no such thing, or it is not this person's
    ├── Conflict       the thing has moved on, or is closed; `current` is what it is now
    ├── TooMany        asked too often; `retry_after` in seconds
    └── Refused        anything else that is wrong with what was sent
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from caibian.api.wire import Problem
from caibian.errors import CaibianError

T = TypeVar("T")

WAITS = (0.2, 0.8)  # seconds before the second and the third try; the page itself goes on after that
_AWAY = frozenset({502, 503, 504})  # the service or a proxy before it, for a moment
TIMEOUT = httpx.Timeout(20.0, connect=3.0)


class PanelError(CaibianError):
    """The service did not do what was asked; `code` as in `caibian.api.panel.Problem`."""

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        self.code, self.retry_after = code, retry_after
        super().__init__(message)


class Unreachable(PanelError):
    """The service cannot be reached or failed itself; what was sent may be sent again."""


class Unauthorised(PanelError):
    """Not logged in (any more), or a wrong name or password."""


class Forbidden(PanelError):
    """This person may not do that."""


class NotFound(PanelError):
    """There is no such thing, for this person."""


class Conflict(PanelError):
    """The item is no longer what the change was built on, or its panel is closed."""

    def __init__(self, code: str, message: str, current: Any) -> None:
        self.current = current
        super().__init__(code, message)


class TooMany(PanelError):
    """Too many tries; `retry_after` says how many seconds to wait."""


class Refused(PanelError):
    """What was sent is wrong."""


_KINDS: dict[int, type[PanelError]] = {401: Unauthorised, 403: Forbidden, 404: NotFound, 429: TooMany}


class Asking:
    """One connection pool for all visitors; every call names the visitor's token."""

    problem: ClassVar[type[Problem]] = Problem

    def __init__(self, api_url: str, prefix: str, *, waits: tuple[float, ...] = WAITS) -> None:
        self.url = api_url.rstrip("/")
        self._waits = waits
        # The proxy settings of the environment are for the outside, not for our own service.
        self._http = httpx.AsyncClient(base_url=self.url + prefix, timeout=TIMEOUT, trust_env=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        token: str | None,
        body: BaseModel | None = None,
        headers: dict[str, str] | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> T:
        sent: dict[str, Any] = {"headers": {**(headers or {}), **bearer(token)}, "timeout": timeout}
        if body is not None:
            sent["content"] = body.model_dump_json()
            sent["headers"]["Content-Type"] = "application/json"
        answer = await self._send(method, path, sent)
        if not answer.is_success:
            raise self._problem(answer)
        try:
            return TypeAdapter(kind).validate_json(answer.content)
        except ValidationError as error:
            raise Unreachable("internal", f"{method} {path}: the answer is not what was agreed") from error

    async def _send(self, method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
        waits = () if method == "POST" else self._waits
        for wait in (*waits, None):
            try:
                answer = await self._http.request(method, path, **sent)
            except httpx.HTTPError as error:
                if wait is None:
                    raise Unreachable("unavailable", f"{self.url}: no answer ({error!r})") from error
            else:
                if answer.status_code not in _AWAY or wait is None:
                    return answer
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _problem(self, answer: httpx.Response) -> PanelError:
        """A 4xx or 5xx as the error it is; a proxy's answer in HTML has no Problem in it."""
        try:
            problem = self.problem.model_validate_json(answer.content)
        except ValidationError:
            problem = Problem(code="unavailable", message=f"status {answer.status_code}")
        if answer.status_code == 409:
            return Conflict(problem.code, problem.message, problem.current)
        retry_after = answer.headers.get("retry-after", "")
        seconds = float(retry_after) if retry_after.isdigit() else None
        kind = _KINDS.get(answer.status_code, Unreachable if answer.status_code >= 500 else Refused)
        return kind(problem.code, problem.message, retry_after=seconds)


def bearer(token: str | None) -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def part(id: str) -> str:
    """One part of a path, whatever it holds."""
    return quote(id, safe="")
