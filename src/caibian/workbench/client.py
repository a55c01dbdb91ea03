"""The expert panel's HTTP API, as the pages call it.

Reading and PUTs are tried again when the service is away: the same PUT sent twice is harmless by the contract of
`caibian.api.panel`. A login is sent once, for a second try could count against the limit on failed ones.

    PanelError
    ├── Unreachable    no answer after all tries, or the service's own failure (5xx)
    ├── Unauthorised   wrong name or password, or the session has ended
    ├── Forbidden      not for this person
    ├── NotFound       no such panel or item, or not this person's
    ├── Conflict       the item has moved on, or its panel is closed; `current` is what it is now
    ├── TooMany        asked too often; `retry_after` in seconds
    └── Refused        anything else that is wrong with what was sent
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from caibian.api.panel import (
    PREFIX,
    Assignment,
    AssignmentRow,
    Draft,
    ItemText,
    Next,
    PanelOverview,
    PanelProgress,
    Problem,
    RankingRow,
    Saved,
    Skip,
)
from caibian.api.wire import Login, Me, Preferences, Session
from caibian.errors import CaibianError

T = TypeVar("T")

_WAITS = (0.2, 0.8)  # seconds before the second and the third try; the page itself goes on after that
_AWAY = frozenset({502, 503, 504})  # the service or a proxy before it, for a moment
_TIMEOUT = httpx.Timeout(20.0, connect=3.0)
_COMPUTING = httpx.Timeout(
    180.0, connect=3.0
)  # intervals over a large panel, on a machine that has other work


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

    def __init__(self, code: str, message: str, current: Assignment | None) -> None:
        self.current = current
        super().__init__(code, message)


class TooMany(PanelError):
    """Too many tries; `retry_after` says how many seconds to wait."""


class Refused(PanelError):
    """What was sent is wrong."""


_KINDS: dict[int, type[PanelError]] = {401: Unauthorised, 403: Forbidden, 404: NotFound, 429: TooMany}


class PanelClient:
    """One connection pool for all visitors; every call names the visitor's token."""

    def __init__(self, api_url: str, *, waits: tuple[float, ...] = _WAITS) -> None:
        self.url = api_url.rstrip("/")
        self._waits = waits
        # The proxy settings of the environment are for the outside, not for our own service.
        self._http = httpx.AsyncClient(base_url=self.url + PREFIX, timeout=_TIMEOUT, trust_env=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def healthy(self) -> bool:
        """Whether the service answers."""
        try:
            return (await self._http.get("/health")).is_success
        except httpx.HTTPError:
            return False

    async def login(self, name: str, password: str, *, address: str) -> Session:
        """Log in for the browser at `address`.

        Raises:
            Unauthorised, TooMany, Unreachable: see there.
        """
        try:
            body = Login(name=name, password=password)
        except ValidationError:  # longer than any name or password can be
            raise Unauthorised("unauthorised", "wrong name or password") from None
        return await self._ask("POST", "/login", Session, None, body, {"X-Forwarded-For": address})

    async def logout(self, token: str) -> None:
        """Make a token void; where the service is away, it ends by itself later."""
        try:
            await self._http.post("/logout", headers=_bearer(token))
        except httpx.HTTPError:
            return

    async def me(self, token: str) -> Me:
        """Who the token stands for."""
        return await self._ask("GET", "/me", Me, token)

    async def prefer(self, token: str, language: str) -> Me:
        """Note the language that somebody chose."""
        return await self._ask("PUT", "/me", Me, token, Preferences.model_validate({"language": language}))

    async def panels(self, token: str) -> list[PanelOverview]:
        """The panels of this person, with how far they are."""
        return await self._ask("GET", "/panels", list[PanelOverview], token)

    async def next(self, token: str, panel: str) -> str | None:
        """The assignment to go on with."""
        return (await self._ask("GET", f"/panels/{_part(panel)}/next", Next, token)).next

    async def assignments(self, token: str, panel: str) -> list[AssignmentRow]:
        """This person's items in one panel, in order."""
        return await self._ask("GET", f"/panels/{_part(panel)}/assignments", list[AssignmentRow], token)

    async def assignment(self, token: str, id: str) -> Assignment:
        """One item, with what its expert has done so far."""
        return await self._ask("GET", f"/assignments/{_part(id)}", Assignment, token)

    async def save(self, token: str, id: str, draft: Draft) -> Saved:
        """Keep a draft.

        Raises:
            Conflict: somebody, perhaps another window of the same expert, was faster.
        """
        return await self._ask("PUT", f"/assignments/{_part(id)}/draft", Saved, token, draft)

    async def rank(self, token: str, id: str, draft: Draft) -> Saved:
        """Hand a ranking in. Raises: as `save`."""
        return await self._ask("PUT", f"/assignments/{_part(id)}/ranking", Saved, token, draft)

    async def skip(self, token: str, id: str, skip: Skip) -> Saved:
        """Pass an item over. Raises: as `save`."""
        return await self._ask("PUT", f"/assignments/{_part(id)}/skip", Saved, token, skip)

    async def progress(self, token: str, panel: str) -> PanelProgress:
        """How far the experts and items of a panel are; organisers only."""
        return await self._ask("GET", f"/panels/{_part(panel)}/progress", PanelProgress, token)

    async def item(self, token: str, panel: str, example: str) -> ItemText:
        """What one item asks and what each system answered; organisers only."""
        return await self._ask("GET", f"/panels/{_part(panel)}/items/{_part(example)}", ItemText, token)

    async def rankings(self, token: str, panel: str) -> list[RankingRow]:
        """All that was handed in; organisers only."""
        return await self._ask("GET", f"/panels/{_part(panel)}/rankings", list[RankingRow], token)

    async def agreement(self, token: str, panel: str) -> dict[str, Any]:
        """The agreement report; organisers only."""
        path = f"/panels/{_part(panel)}/agreement"
        return await self._ask("GET", path, dict[str, Any], token, timeout=_COMPUTING)

    async def _ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        token: str | None,
        body: BaseModel | None = None,
        headers: dict[str, str] | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> T:
        sent: dict[str, Any] = {"headers": {**(headers or {}), **_bearer(token)}, "timeout": timeout}
        if body is not None:
            sent["content"] = body.model_dump_json()
            sent["headers"]["Content-Type"] = "application/json"
        answer = await self._send(method, path, sent)
        if not answer.is_success:
            raise _problem(answer)
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


def _problem(answer: httpx.Response) -> PanelError:
    """A 4xx or 5xx as the error it is; a proxy's answer in HTML has no Problem in it."""
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        problem = Problem(code="unavailable", message=f"status {answer.status_code}")
    if answer.status_code == 409:
        return Conflict(problem.code, problem.message, problem.current)
    retry_after = answer.headers.get("retry-after", "")
    seconds = float(retry_after) if retry_after.isdigit() else None
    kind = _KINDS.get(answer.status_code, Unreachable if answer.status_code >= 500 else Refused)
    return kind(problem.code, problem.message, retry_after=seconds)


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _part(id: str) -> str:
    return quote(id, safe="")
