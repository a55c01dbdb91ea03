"""The expert panel's HTTP API, as the pages call it; what may go wrong is drawn in `caibian.workbench.asking`."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import ValidationError

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
from caibian.workbench.asking import (
    WAITS,
    Asking,
    Conflict,
    Forbidden,
    NotFound,
    PanelError,
    Refused,
    TooMany,
    Unauthorised,
    Unreachable,
    bearer,
    part,
)

__all__ = [
    "Conflict",
    "Forbidden",
    "NotFound",
    "PanelClient",
    "PanelError",
    "Refused",
    "TooMany",
    "Unauthorised",
    "Unreachable",
]

_COMPUTING = httpx.Timeout(
    180.0, connect=3.0
)  # intervals over a large panel, on a machine that has other work


class PanelClient(Asking):
    """What the panel's pages read and write."""

    problem = Problem

    def __init__(self, api_url: str, *, waits: tuple[float, ...] = WAITS) -> None:
        super().__init__(api_url, PREFIX, waits=waits)

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
            await self._http.post("/logout", headers=bearer(token))
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
        return (await self._ask("GET", f"/panels/{part(panel)}/next", Next, token)).next

    async def assignments(self, token: str, panel: str) -> list[AssignmentRow]:
        """This person's items in one panel, in order."""
        return await self._ask("GET", f"/panels/{part(panel)}/assignments", list[AssignmentRow], token)

    async def assignment(self, token: str, id: str) -> Assignment:
        """One item, with what its expert has done so far."""
        return await self._ask("GET", f"/assignments/{part(id)}", Assignment, token)

    async def save(self, token: str, id: str, draft: Draft) -> Saved:
        """Keep a draft.

        Raises:
            Conflict: somebody, perhaps another window of the same expert, was faster.
        """
        return await self._ask("PUT", f"/assignments/{part(id)}/draft", Saved, token, draft)

    async def rank(self, token: str, id: str, draft: Draft) -> Saved:
        """Hand a ranking in. Raises: as `save`."""
        return await self._ask("PUT", f"/assignments/{part(id)}/ranking", Saved, token, draft)

    async def skip(self, token: str, id: str, skip: Skip) -> Saved:
        """Pass an item over. Raises: as `save`."""
        return await self._ask("PUT", f"/assignments/{part(id)}/skip", Saved, token, skip)

    async def progress(self, token: str, panel: str) -> PanelProgress:
        """How far the experts and items of a panel are; organisers only."""
        return await self._ask("GET", f"/panels/{part(panel)}/progress", PanelProgress, token)

    async def item(self, token: str, panel: str, example: str) -> ItemText:
        """What one item asks and what each system answered; organisers only."""
        return await self._ask("GET", f"/panels/{part(panel)}/items/{part(example)}", ItemText, token)

    async def rankings(self, token: str, panel: str) -> list[RankingRow]:
        """All that was handed in; organisers only."""
        return await self._ask("GET", f"/panels/{part(panel)}/rankings", list[RankingRow], token)

    async def agreement(self, token: str, panel: str) -> dict[str, Any]:
        """The agreement report; organisers only."""
        path = f"/panels/{part(panel)}/agreement"
        return await self._ask("GET", path, dict[str, Any], token, timeout=_COMPUTING)
