"""What other sites' pages send is refused whatever route it is for: before the route is looked for."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from caibian.workbench.security import Guard
from tests.workbench.house import House

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},  # another host of the same domain
    {"Origin": "https://evil.example"},
    {"Origin": "null"},  # a sandboxed frame
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://house.example", "Sec-Fetch-Site": "cross-site"},
)
OWN = (
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://house.example"},
)


def _ask(method: str, headers: dict[str, str]) -> tuple[int, bool]:
    """The status, and whether the application behind the guard was reached."""
    reached: list[str] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask() -> int:
        transport = httpx.ASGITransport(app=Guard(behind))
        async with httpx.AsyncClient(transport=transport, base_url="http://house.example") as client:
            return (await client.request(method, "/any", headers=headers)).status_code

    return asyncio.run(ask()), bool(reached)


@pytest.mark.parametrize("method", CHANGING)
def test_nothing_that_changes_gets_past_the_guard_from_another_site(method: str) -> None:
    assert {_ask(method, headers) for headers in FOREIGN} == {(403, False)}
    assert {_ask(method, headers) for headers in OWN} == {(200, True)}


def test_a_socket_from_another_site_is_closed() -> None:
    sent: list[Any] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("reached")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/",
        "headers": [(b"origin", b"https://evil.example"), (b"host", b"house")],
    }
    asyncio.run(Guard(behind)(scope, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_the_guard_stands_before_every_route_of_the_workbench(house: House) -> None:
    with httpx.Client(base_url=house.pages, trust_env=False, timeout=60) as visitor:
        for path in (
            "/login",
            "/logout",
            "/work/assignments/x/draft",
            "/service/drafts",
            "/nowhere",
            "/_nicegui/x",
        ):
            for method in CHANGING:
                answer = visitor.request(method, path, headers={"Sec-Fetch-Site": "cross-site"})
                assert (answer.status_code, answer.text) == (403, "this request comes from another site"), (
                    path
                )
