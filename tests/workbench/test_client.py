"""The pages' client against a real service: what it says when something is wrong, and that nothing is done twice."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import pytest

from caibian.api.panel import Draft, Skip
from caibian.workbench.client import (
    Conflict,
    Forbidden,
    NotFound,
    PanelClient,
    Refused,
    Unauthorised,
    Unreachable,
)
from tests.workbench.house import PASSWORD, House, items

T = TypeVar("T")


class LosesAnswers(httpx.AsyncHTTPTransport):
    """A network on which the first answers get lost after the service has done its work."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.left, self.sent = lost, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        self.sent += 1
        if self.left:
            self.left -= 1
            await answer.aread()
            raise httpx.ReadError("the connection was lost", request=request)
        return answer


def ask(house: House, name: str, what: Callable[[PanelClient, str], Awaitable[T]], lost: int = 0) -> T:
    """Log in and do something, on a network that loses the first answers to it."""

    async def run() -> T:
        client = PanelClient(house.api, waits=(0.0, 0.0))
        try:
            session = await client.login(name, PASSWORD, address="203.0.113.7")
            transport = LosesAnswers(lost)
            client._http = httpx.AsyncClient(base_url=client._http.base_url, transport=transport)
            return await what(client, session.token)
        finally:
            await client.close()

    return asyncio.run(run())


def test_a_ranking_whose_answers_were_lost_is_handed_in_once_and_said_to_be(house: House) -> None:
    name = house.expert("mei")
    panel = house.panel([name], items(2))
    first, second = house.ids(name, panel)
    draft = Draft(order=[*"BADC"], violations={"C": ["accuracy"]}, seconds=4.5)
    saved = ask(house, name, lambda client, token: client.rank(token, first, draft), lost=2)
    assert (saved.revision, saved.state, saved.next) == (1, "ranked", second)
    assert len(house.handed_in(panel)) == 1


def test_a_service_that_never_answers_is_an_error_after_all_tries(house: House) -> None:
    name = house.expert("mei")
    with pytest.raises(Unreachable, match="no answer"):
        ask(house, name, lambda client, token: client.panels(token), lost=3)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = PanelClient(f"http://127.0.0.1:{unused.getsockname()[1]}", waits=(0.0,))
        with pytest.raises(Unreachable):
            asyncio.run(client.me("token"))


def test_a_change_that_came_too_late_brings_the_state_as_it_is_now(house: House) -> None:
    name = house.expert("mei")
    [id] = house.ids(name, house.panel([name], items(1)))

    async def two(client: PanelClient, token: str) -> None:
        await client.save(token, id, Draft(order=["B"], comment="first"))
        with pytest.raises(Conflict) as refused:
            await client.save(token, id, Draft(order=["C"]))
        assert refused.value.current is not None
        assert refused.value.current.draft.order == ["B"]
        assert refused.value.current.draft.revision == 1

    ask(house, name, two)


def test_each_refusal_has_its_kind(house: House) -> None:
    name, other = house.expert("mei"), house.expert("lin")
    panel = house.panel([name], items(1))
    [id] = house.ids(name, panel)

    async def all_of(client: PanelClient, token: str) -> None:
        with pytest.raises(Forbidden):
            await client.progress(token, panel.id)
        with pytest.raises(Unauthorised):
            await client.me("no such token")
        with pytest.raises(Refused, match="twice"):
            await client.rank(token, id, Draft(order=["A", "A", "B", "C"]))
        with pytest.raises(Unauthorised):
            await client.login(name, "x" * 300, address="203.0.113.7")

    ask(house, name, all_of)
    with pytest.raises(NotFound):
        ask(house, other, lambda client, token: client.skip(token, id, Skip(reason="other")))
