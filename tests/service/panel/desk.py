"""A client of the API that speaks for several people."""

from __future__ import annotations

from typing import Any

import httpx

from caibian.api.panel import Problem
from caibian.storage import Database
from caibian.storage.overviews import Overview
from tests.storage.house import PASSWORD


class Desk:
    """A panel and an HTTP client; `who` names the account that asks."""

    def __init__(self, client: httpx.Client, database: Database, panel: Overview) -> None:
        self.client, self.database, self.panel = client, database, panel
        self._tokens: dict[str, str] = {}

    def token(self, who: str) -> str:
        if who not in self._tokens:
            answer = self.client.post("/login", json={"name": who, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            self._tokens[who] = answer.json()["token"]
        return self._tokens[who]

    def ask(self, who: str | None, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(who)}"} if who else {}
        return self.client.request(method, path, headers=headers, **content)

    def get(self, who: str | None, path: str) -> Any:
        answer = self.ask(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, who: str, path: str, body: Any) -> Any:
        answer = self.ask(who, "PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def assignments(self, who: str) -> list[str]:
        return [row["id"] for row in self.get(who, f"/panels/{self.panel.id}/assignments")]

    def problem(self, who: str | None, method: str, path: str, status: int, **content: Any) -> Problem:
        answer = self.ask(who, method, path, **content)
        assert answer.status_code == status, answer.text
        return Problem.model_validate_json(answer.content)


def whole(revision: int = 0, order: str = "BAC", **more: Any) -> dict[str, Any]:
    """A ranking as it is sent."""
    return {"order": list(order), "revision": revision, "seconds": 12.0} | more
