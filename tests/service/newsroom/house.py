"""A newsroom behind its API: an account of every role, and a client that speaks for each of them."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI

from caibian.api.wire import ROLES, Problem
from caibian.service.settings import EngineSettings, HouseSettings
from caibian.storage import Database
from tests.service.newsroom.gateway import NAMES, ScriptedGateway
from tests.storage.house import PASSWORD, Clock, people

PEOPLE = {role: f"{role}1" for role in ROLES} | {"other": "reporter2"}
"""Who works here: `reporter`, `editor`, … and `other`, a second reporter; to the name of their account."""


def settings(**more: Any) -> HouseSettings:
    """Settings with two engines that are never started."""
    engines = [EngineSettings(name=name, url="http://127.0.0.1:9/v1") for name in NAMES]
    return HouseSettings(engines=engines, **more)


def move_in(database: Database) -> None:
    """An account of every role, and a second reporter, all with the one password."""
    for role in ROLES:
        people(database, PEOPLE[role], role=role)
    people(database, PEOPLE["other"], role="reporter")


class House:
    """A newsroom and an HTTP client; `who` is a role (see `PEOPLE`), or the token or key itself; None asks as nobody."""

    def __init__(
        self, client: httpx.Client, app: FastAPI, database: Database, gateway: ScriptedGateway, clock: Clock
    ) -> None:
        self.client, self.app, self.database = client, app, database
        self.gateway, self.clock = gateway, clock
        self._tokens: dict[str, str] = {}

    def token(self, who: str) -> str:
        """The token of somebody, who is logged in at the first time."""
        if who not in PEOPLE:
            return who
        if who not in self._tokens:
            answer = self.client.post("/v1/login", json={"name": PEOPLE[who], "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            self._tokens[who] = answer.json()["token"]
        return self._tokens[who]

    def headers(self, who: str | None) -> dict[str, str]:
        """What somebody's requests carry."""
        return {"Authorization": f"Bearer {self.token(who)}"} if who else {}

    def ask(self, who: str | None, method: str, path: str, **content: Any) -> httpx.Response:
        """A request, as it is answered; `path` without /v1."""
        return self.client.request(method, f"/v1{path}", headers=self.headers(who), **content)

    def get(self, who: str | None, path: str, **content: Any) -> Any:
        """The body of a GET that succeeds."""
        answer = self.ask(who, "GET", path, **content)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, who: str | None, path: str, body: Any = None, status: int = 200) -> Any:
        """The body of a POST that succeeds."""
        answer = self.ask(who, "POST", path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def put(self, who: str | None, path: str, body: Any) -> Any:
        """The body of a PUT that succeeds."""
        answer = self.ask(who, "PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def problem(self, who: str | None, method: str, path: str, status: int, **content: Any) -> Problem:
        """The refusal of a request that must fail so."""
        answer = self.ask(who, method, path, **content)
        assert answer.status_code == status, answer.text
        return Problem.model_validate_json(answer.content)
