"""Limits and the log: what is refused, when it is worth trying again, and what is known afterwards of every request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from caibian.api.operations import Budget, Limits, Overview, RequestRow
from caibian.api.wire import OPERATORS
from caibian.service import admission
from caibian.service.admission import Admitted, admitted
from caibian.storage.access import keys
from caibian.storage.access.budgets import Amounts
from tests.service.newsroom.conftest import housed
from tests.service.newsroom.house import PEOPLE, House
from tests.storage.databases import fresh_url
from tests.storage.house import Clock

Chat = Annotated[Admitted, Depends(admitted("chat"))]


def _with_routes(house: House) -> House:
    """Routes that take what they are told to."""

    @house.app.post("/v1/take")
    async def take(asker: Chat, tokens: int = 0, cost: float = 0.0, fail: bool = False) -> str:
        asker.meter.task, asker.meter.model = "headline.news", "tuned"
        asker.meter.prompt_tokens, asker.meter.completion_tokens = tokens, 1
        asker.meter.cost, asker.meter.first_token_seconds = cost, 0.25
        if fail:
            raise RuntimeError("a bug")
        return asker.request_id

    @house.app.post("/v1/wait")
    def wait(asker: Annotated[Admitted, Depends(admitted("tasks"))]) -> str:
        return asker.account.name

    @house.app.post("/v1/stream")
    async def stream(asker: Chat) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(3):
                asker.meter.completion_tokens += 1
                yield b"data: x\n\n"
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), media_type="text/event-stream")

    return house


@pytest.fixture
def limited(any_house: House) -> House:
    return _with_routes(any_house)


@pytest.fixture
def quick(house: House) -> House:
    return _with_routes(house)


def _rows(house: House, query: str = "") -> list[RequestRow]:
    page = house.get("operator", f"/operations/requests{query}")
    return [RequestRow.model_validate(row) for row in page["requests"]]


def _statuses(house: House, who: str, count: int, path: str = "/take") -> list[int]:
    return [house.ask(who, "POST", path).status_code for _ in range(count)]


def test_requests_a_minute_are_counted_by_key_account_and_house_and_pass(limited: House) -> None:
    house, clock = limited, limited.clock
    key = keys.create_key(house.database, PEOPLE["reporter"], "k", limits=Amounts(requests_a_minute=2))[1]
    house.put("operator", "/budgets", {"account": PEOPLE["reporter"], "requests_a_minute": 4})
    house.put("operator", "/budgets", {"requests_a_minute": 6, "feature": "chat"})
    clock.move(seconds=20)
    assert _statuses(house, key, 3) == [200, 200, 429]
    assert _statuses(house, "reporter", 3) == [200, 200, 429]  # the key's count against the account
    assert _statuses(house, "editor", 3) == [200, 200, 429]  # the house's, for everybody together
    assert _statuses(house, "editor", 2, "/wait") == [200, 200]  # of chat alone
    said = {}
    for who in (key, "reporter", "editor"):
        answer = house.ask(who, "POST", "/take")
        assert (answer.json()["code"], answer.headers["retry-after"]) == ("too_many", "40")
        said[who] = answer.json()["message"]
    assert said[key].startswith("this key may make 2 requests a minute")
    assert said["reporter"].startswith("this account may make 4 requests a minute")
    assert said["editor"].startswith("the house may make 6 requests a minute of chat")
    clock.move(seconds=39)
    assert _statuses(house, key, 1) == [429]
    clock.move(seconds=1)
    assert _statuses(house, key, 2) == [200, 200]


def test_a_crowd_at_once_gets_exactly_what_is_left(limited: House) -> None:
    house = limited
    house.put("operator", "/budgets", {"account": PEOPLE["reporter"], "requests_a_minute": 10})
    headers = house.headers("reporter")
    with ThreadPoolExecutor(8) as threads:
        paths = ["/v1/take", "/v1/wait"] * 20
        got = list(threads.map(lambda path: house.client.post(path, headers=headers).status_code, paths))
    assert (got.count(200), got.count(429)) == (10, 30)


def test_tokens_and_cost_of_a_day_end_at_the_houses_midnight(limited: House) -> None:
    house, clock = limited, limited.clock
    clock.move(hours=14.5)  # 23:30 UTC on the 4th: in Shanghai it is 07:30 on the 5th
    house.put("operator", "/budgets", {"account": PEOPLE["reporter"], "tokens_a_day": 100})
    house.put("operator", "/budgets", {"account": PEOPLE["editor"], "cost_a_day": 2.5})
    assert house.ask("reporter", "POST", "/take?tokens=98").status_code == 200
    assert house.ask("editor", "POST", "/take?cost=2.4").status_code == 200
    house.app.state.admission.recorder.flush()
    assert house.ask("reporter", "POST", "/take?tokens=50").status_code == 200  # 99 of 100 were used
    assert house.ask("editor", "POST", "/take?cost=2.4").status_code == 200
    house.app.state.admission.recorder.flush()
    clock.move(hours=1)  # another day in London, the same in Shanghai
    for who, used in (("reporter", "150 of 100 tokens"), ("editor", "4.80 of 2.50 CNY")):
        answer = house.ask(who, "POST", "/take")
        assert answer.status_code == 429
        assert answer.json()["code"] == "over_budget"
        assert used in answer.json()["message"]
        assert answer.headers["retry-after"] == str(15 * 3600 + 1800)
    clock.move(hours=15, minutes=29)
    assert _statuses(house, "reporter", 1) == [429]
    clock.move(minutes=1)
    assert _statuses(house, "reporter", 1) == [200]


def test_a_budget_shows_what_is_used_and_can_be_taken_away(limited: House) -> None:
    house = limited
    body = {"account": PEOPLE["reporter"], "feature": "chat", "requests_a_minute": 1, "tokens_a_day": 500}
    house.put("operator", "/budgets", body)
    assert _statuses(house, "reporter", 1, "/take?tokens=9&cost=0.5") == [200]
    assert [Budget.model_validate(row) for row in house.get("operator", "/budgets")] == [
        Budget(**body, used_requests_minute=1, used_tokens_day=10, used_cost_day=0.5)
    ]
    assert _statuses(house, "reporter", 1) == [429]
    gone = house.put("operator", "/budgets", {"account": PEOPLE["reporter"], "feature": "chat"})
    assert (gone["requests_a_minute"], gone["used_tokens_day"]) == (None, 10)
    assert house.get("operator", "/budgets") == []
    assert _statuses(house, "reporter", 1) == [200]
    for wrong, status in (
        ({"account": "nobody"}, 404),
        ({"key": "0" * 32}, 404),
        ({"account": "a\x00b"}, 404),
        ({"account": PEOPLE["reporter"], "cost_a_day": -1}, 422),
        ({"feature": "mining", "tokens_a_day": 1}, 422),
    ):
        assert house.ask("operator", "PUT", "/budgets", json=wrong).status_code == status, wrong
    huge = b'{"cost_a_day": Infinity}'
    json = {"Content-Type": "application/json", **house.headers("operator")}
    assert house.client.put("/v1/budgets", content=huge, headers=json).status_code == 422


def test_the_limits_of_the_settings_hold_unless_an_account_has_its_own(clock: Clock, tmp_path: Path) -> None:
    with housed(fresh_url("sqlite", tmp_path), clock, limits=Limits(requests_a_minute=2)) as house:
        _with_routes(house)
        assert _statuses(house, "reporter", 3) == [200, 200, 429]
        assert _statuses(house, "editor", 3) == [200, 200, 429]
        house.put("operator", "/budgets", {"account": PEOPLE["reporter"], "requests_a_minute": 3})
        assert _statuses(house, "reporter", 2) == [200, 429]
        assert _statuses(house, "other", 3) == [200, 200, 429]
        house.get("reporter", "/features")  # is no part of the service that is limited


def test_a_switch_holds_from_the_next_request_on_and_says_why(limited: House) -> None:
    house = limited
    assert _statuses(house, "reporter", 1) == [200]
    row = house.put("operator", "/features/chat", {"enabled": False, "reason": "模型出错 \x00"})
    assert (row["enabled"], row["changed_by"]) == (False, PEOPLE["operator"])
    problem = house.problem("reporter", "POST", "/take", 403)
    assert problem.code == "switched_off"
    assert "chat is switched off: 模型出错" in problem.message
    assert _statuses(house, "reporter", 1, "/wait") == [200]
    chat = next(row for row in house.get("expert", "/features") if row["name"] == "chat")
    assert chat["enabled"] is False
    house.put("operator", "/features/chat", {"enabled": True})
    assert _statuses(house, "reporter", 1) == [200]
    lines = house.get("operator", "/operations/audit?subject=feature%20chat")["rows"]
    assert [line["action"] for line in lines] == ["switch on", "switch off"]


def test_every_request_is_in_the_log_with_what_it_took_and_without_what_it_said(limited: House) -> None:
    house = limited
    made, secret = keys.create_key(house.database, PEOPLE["reporter"], "CMS")
    answer = house.ask(secret, "POST", "/take?tokens=7&cost=0.25")
    (row,) = _rows(house)
    assert row.id == answer.json() == answer.headers["x-request-id"]
    assert (row.account, row.key, row.feature, row.task, row.model) == (
        PEOPLE["reporter"],
        "CMS",
        "chat",
        "headline.news",
        "tuned",
    )
    assert (row.status, row.code, row.prompt_tokens, row.completion_tokens) == (200, None, 7, 1)
    assert (row.cost, row.first_token_ms) == (0.25, 250.0)
    assert row.ms > 0
    assert row.at == house.clock.now
    assert keys.keys(house.database)[0].last_used == house.clock.now
    assert made.last_used is None


def test_a_stream_is_logged_when_it_has_ended_and_one_that_is_left_as_left(quick: House) -> None:
    house = quick
    assert house.ask("reporter", "POST", "/stream").text == "data: x\n\n" * 3
    (row,) = _rows(house)
    assert (row.status, row.completion_tokens) == (200, 3)

    async def leave() -> None:
        """As a server calls the application for a client that goes away after the first piece."""
        headers = [(b"authorization", f"Bearer {house.token('reporter')}".encode())]
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/v1/stream",
            "raw_path": b"/v1/stream",
            "query_string": b"",
            "headers": headers,
            "http_version": "1.1",
            "scheme": "http",
            "server": ("house", 80),
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }
        started = asyncio.Event()
        body = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            for message in body:
                return message
            await started.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                started.set()
                await asyncio.sleep(0.05)

        await house.app(scope, receive, send)

    asyncio.run(leave())
    rows = _rows(house)
    assert len(rows) == 2
    left = next(one for one in rows if one.id != row.id)
    assert left.status == 499
    assert 1 <= left.completion_tokens < 3
    assert Overview.model_validate(house.get("operator", "/operations/overview")).refused == 0


def test_failures_and_refusals_are_logged_where_it_is_known_whose_they_are(limited: House) -> None:
    house = limited
    revoked, secret = keys.create_key(house.database, PEOPLE["reporter"], "old")
    keys.revoke_key(house.database, revoked.id)
    house.problem("reporter", "POST", "/take?fail=true", 500)
    house.problem("reporter", "POST", "/take?tokens=many", 422)
    house.problem("expert", "POST", "/take", 403)
    house.problem("reporter", "GET", "/accounts", 403)
    house.problem(secret, "POST", "/take", 401)
    house.problem("nobody-knows", "POST", "/take", 401)
    house.problem(None, "POST", "/take", 401)
    seen = {(row.account, row.feature, row.status, row.code, row.key) for row in _rows(house)}
    assert seen == {
        (PEOPLE["reporter"], "chat", 500, "internal", None),
        (PEOPLE["reporter"], "chat", 422, "invalid", None),
        (PEOPLE["expert"], "chat", 403, "forbidden", None),
        (PEOPLE["reporter"], "house", 403, "forbidden", None),
        (PEOPLE["reporter"], "chat", 401, "unauthorised", "old"),
    }
    assert house.app.state.admission.refused["unauthorised"] == 3
    assert [row.status for row in _rows(house, "?status=5")] == [500]
    assert {row.status for row in _rows(house, "?status=4&feature=chat")} == {422, 403, 401}
    assert [row.code for row in _rows(house, "?status=422")] == ["invalid"]


def test_a_client_gone_wild_does_not_fill_the_log(quick: House) -> None:
    house = quick
    house.put("operator", "/budgets", {"account": PEOPLE["reporter"], "requests_a_minute": 1})
    assert _statuses(house, "reporter", 1) == [200]
    assert set(_statuses(house, "reporter", admission._MOST_REFUSALS + 40)) == {429}
    assert len(_rows(house, "?limit=500&status=429")) == admission._MOST_REFUSALS
    assert house.app.state.admission.refused["too_many"] == admission._MOST_REFUSALS + 40
    house.clock.move(minutes=1)
    assert _statuses(house, "reporter", 2) == [200, 429]


def test_the_log_is_paged_by_a_cursor_while_new_requests_come_in(limited: House) -> None:
    house = limited
    for number in range(12):
        house.ask("reporter", "POST", f"/take?tokens={number}")
        house.clock.move(seconds=number % 3)  # some at the same moment
    whole = [row.id for row in _rows(house, "?limit=100")]
    assert len(whole) == 12
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.get("operator", f"/operations/requests?limit=5{cursor and '&cursor=' + cursor}")
        seen += [row["id"] for row in page["requests"]]
        cursor = page["next"]
        house.ask("reporter", "POST", "/take")
    assert seen == whole
    for cursor in ("x", "-", "1-2", "99999999999999999-" + "0" * 32):
        answer = house.ask("operator", "GET", f"/operations/requests?cursor={cursor}")
        assert answer.status_code in (200, 422), cursor


def test_an_overview_adds_up(limited: House) -> None:
    house = limited
    for tokens in (1, 2, 3):
        house.ask("reporter", "POST", f"/take?tokens={tokens}&cost=0.5")
    house.clock.move(minutes=30)
    house.ask("editor", "POST", "/wait")
    house.ask("reporter", "POST", "/take?fail=true")
    house.ask("expert", "POST", "/wait")
    now = Overview.model_validate(house.get("operator", "/operations/overview?minutes=60"))
    assert (now.requests, now.errors, now.refused) == (6, 1, 1)
    assert (now.prompt_tokens, now.completion_tokens, now.cost, now.currency) == (6, 4, 1.5, "CNY")
    assert now.by_status == {"200": 4, "403": 1, "500": 1}
    assert [(one.name, one.requests, one.errors) for one in now.by_feature] == [
        ("chat", 4, 1),
        ("tasks", 2, 0),
    ]
    assert [(one.name, one.requests) for one in now.by_model] == [("tuned", 4)]
    assert now.first_token_p50_ms == 250.0
    assert len(now.points) == 61
    assert sum(point.requests for point in now.points) == 6
    assert sum(point.tokens for point in now.points) == 10
    assert (now.points[30].requests, now.points[60].requests) == (3, 3)
    assert [engine.name for engine in now.engines] == ["tuned", "base"]
    recent = Overview.model_validate(house.get("operator", "/operations/overview?minutes=5"))
    assert recent.requests == 3


def test_without_its_database_the_house_says_so_and_logs_when_it_is_back(quick: House) -> None:
    house = quick
    token = house.token("reporter")
    house.token("operator")

    @house.app.post("/v1/outage")
    async def outage(_: Annotated[Admitted, Depends(admitted("chat"))]) -> None:
        with house.database.writing() as session:
            session.execute(text("ALTER TABLE requests RENAME TO hidden"))

    assert house.ask(token, "POST", "/outage").status_code == 200
    assert (
        house.ask(token, "POST", "/take").status_code == 200
    )  # a log that cannot be written costs nobody an answer
    recorder = house.app.state.admission.recorder
    assert not recorder.flush(0.2)
    with house.database.writing() as session:
        session.execute(text("ALTER TABLE hidden RENAME TO requests"))
    assert recorder.flush(5.0)
    assert {row.status for row in _rows(house)} == {200}
    assert len(_rows(house)) == 2
    with house.database.writing() as session:
        session.execute(text("ALTER TABLE sessions RENAME TO away"))
    answer = house.ask(token, "POST", "/take")
    assert answer.status_code in (500, 503)
    assert "sessions" not in answer.text


def test_closing_the_house_writes_what_has_ended(clock: Clock, tmp_path: Path) -> None:
    url = fresh_url("sqlite", tmp_path)
    with housed(url, clock) as house:
        _with_routes(house)
        assert _statuses(house, "reporter", 3) == [200] * 3
    with housed(url, clock) as house:
        assert len(_rows(house)) == 3


def test_a_feature_none_is_neither_counted_nor_logged_but_refused(quick: House) -> None:
    house = quick

    @house.app.get("/v1/desk-clock")
    async def plain(asker: Annotated[Admitted, Depends(admitted(None, OPERATORS))]) -> str:
        return asker.request_id

    house.put("operator", "/budgets", {"account": PEOPLE["operator"], "requests_a_minute": 1})
    assert [house.ask("operator", "GET", "/desk-clock").status_code for _ in range(3)] == [200] * 3
    house.problem("reporter", "GET", "/desk-clock", 403)
    assert [row.account for row in _rows(house)] == [PEOPLE["reporter"]]
