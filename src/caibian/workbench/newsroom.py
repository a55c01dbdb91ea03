"""The newsroom's HTTP API, as the pages read it while they are built; their scripts go on through `relay`.

The service behind the pages may be an expert panel alone (`caibian panel serve`): it has no tasks, no articles and no
drafts, and the pages then offer none.
"""

from __future__ import annotations

import time
from typing import TypeVar

import httpx

from caibian.api.operations import NewOwnPassword
from caibian.api.tasks import Task
from caibian.api.wire import PREFIX
from caibian.workbench.asking import WAITS, Asking, bearer

T = TypeVar("T")

_ASK_AGAIN = (
    60.0  # seconds after which a service that had no newsroom is asked again: it may have been replaced
)

_TASKS_KEPT = 60.0  # seconds


class NewsroomClient(Asking):
    """What pages read of the newsroom."""

    def __init__(self, api_url: str, *, waits: tuple[float, ...] = WAITS) -> None:
        super().__init__(api_url, PREFIX, waits=waits)
        self._present = False
        self._asked: float | None = None
        self._tasks: tuple[float, list[Task]] | None = None

    async def read(self, token: str, path: str, kind: type[T]) -> T:
        """GET a path below `/v1`. Raises: what `caibian.workbench.asking` draws."""
        return await self._ask("GET", path, kind, token)

    async def tasks(self, token: str) -> list[Task]:
        """All task cards. They are the same for everybody and large, and change only when the service restarts."""
        if self._tasks is None or time.monotonic() - self._tasks[0] > _TASKS_KEPT:
            self._tasks = time.monotonic(), await self.read(token, "/tasks", list[Task])
        return self._tasks[1]

    async def change_password(self, token: str, change: NewOwnPassword) -> None:
        """A new password for who the token stands for; their other sessions end.

        Raises: what `caibian.workbench.asking` draws; `Forbidden` where the old one is wrong.
        """
        headers = {"Content-Type": "application/json", **bearer(token)}
        sent = {"content": change.model_dump_json(), "headers": headers}
        answer = await self._send("POST", "/me/password", sent)
        if not answer.is_success:
            raise self._problem(answer)

    async def present(self) -> bool:
        """Whether the service is a newsroom. A yes is kept; a panel alone is asked again after a while."""
        if self._present or (self._asked is not None and time.monotonic() - self._asked < _ASK_AGAIN):
            return self._present
        try:
            # Without a token: a newsroom wants a login first, where a panel knows no such path.
            answer = await self._http.get("/tasks")
        except httpx.HTTPError:
            return False
        if answer.status_code < 500:
            self._present, self._asked = answer.status_code != 404, time.monotonic()
        return self._present
