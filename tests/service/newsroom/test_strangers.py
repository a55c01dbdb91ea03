"""What nobody sends in good faith, or only by mistake: refused with its field named, never a failure of ours."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from caibian.api.tasks import Engine
from caibian.service.newsroom import examining
from tests.service.newsroom.house import House

RUN = {"input": {"article": "馆长昨天说，明年开馆。"}}
CHECK = RUN | {"task": "headline.news", "text": "馆长上周说"}
DRAFT = {"title": "题", "body": "文", "key": "k" * 10}
KEY = {"account": "reporter1", "name": "x"}


def test_moments_at_the_ends_of_time_are_refused(house: House) -> None:
    cases: list[tuple[str, str, str, dict[str, Any]]] = [
        ("reporter", "/tasks/headline.news/run", "published_at", RUN),
        ("reporter", "/check", "published_at", CHECK),
        ("reporter", "/drafts", "published_at", DRAFT),
        ("admin", "/keys", "expires_at", KEY),
    ]
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        for who, path, field, body in cases:
            problem = house.problem(who, "POST", path, 422, json=body | {field: at})
            assert problem.message == f"{field}: the year must lie between 1000 and 9000"


def test_a_moment_without_its_zone_is_refused_where_a_point_in_time_is_meant(house: House) -> None:
    at = "2026-05-04T09:00:00"
    problem = house.problem("reporter", "POST", "/drafts", 422, json=DRAFT | {"published_at": at})
    assert "time zone" in problem.message
    assert house.post("reporter", "/check", CHECK | {"published_at": at})["facts"]


def test_budgets_beyond_what_can_be_counted_are_refused(house: House) -> None:
    for field in ("tokens_a_day", "cost_a_day"):
        body = {"account": "reporter1", field: 10**30}
        assert field in house.problem("admin", "PUT", "/budgets", 422, json=body).message


def test_a_body_that_is_nested_without_end_is_refused(house: House) -> None:
    headers = house.headers("reporter") | {"content-type": "application/json"}
    for depth in (
        400,
        800,
        950,
        5_000,
    ):  # the reader of JSON, and whoever walks through it, give up at different ones
        body = '{"input": ' + "[" * depth + '"\\ud800"' + "]" * depth + "}"
        answer = house.client.post("/v1/check", headers=headers, content=body)
        assert (answer.status_code in (400, 422), answer.json()["code"]) == (True, "invalid")


def test_a_key_for_something_else_does_not_read_its_owners_batches(house: House) -> None:
    article = house.ask(
        "reporter", "POST", "/articles/files", files=[("files", ("a.txt", "标题\n正文。".encode()))]
    ).json()["added"]
    batch = house.post("reporter", "/batches", {"task": "headline.news", "articles": article})["id"]
    keys = {
        feature: house.post("admin", "/keys", KEY | {"features": [feature]})["secret"]
        for feature in ("chat", "batches")
    }
    for path in ("/batches", f"/batches/{batch}", f"/batches/{batch}/items"):
        assert house.problem(keys["chat"], "GET", path, 403).code == "forbidden"
        assert house.get(keys["batches"], path)
        assert house.get("reporter", path)


def test_texts_that_take_long_to_check_do_not_hold_up_everything(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "_WAIT", 0.1)
    with examining.turn(), examining.turn():
        problem = house.ask("reporter", "POST", "/check", json=CHECK)
        assert (problem.status_code, problem.json()["code"]) == (429, "too_many")
        assert "Retry-After" in problem.headers
        assert house.get("reporter", "/tasks")
        assert (
            house.post("reporter", "/tasks/headline.news/run", RUN)["facts"] is not None
        )  # what is paid for is read
    assert house.post("reporter", "/check", CHECK)["facts"]


def test_of_a_text_of_thousands_of_figures_all_are_answered_and_none_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(examining, "_PATIENCE", 0.5)
    text = "，".join(f"{number}个" for number in range(10_000, 14_000))
    source = "，".join(f"{number}个" for number in range(20_000, 24_000))
    began = time.perf_counter()
    found = examining.facts(text, source, "zh")
    assert time.perf_counter() - began < 8
    assert len(found) == 4_000
    assert not any(fact.status == "found" for fact in found)


def test_whoever_asks_for_health_is_not_told_where_engines_are(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = asyncio.run(house.gateway.engines())
    down = [
        one.model_copy(update={"state": "stopped", "reason": "no route to 10.0.0.5:8000"}) for one in known
    ]

    async def engines() -> list[Engine]:
        return down

    monkeypatch.setattr(house.gateway, "engines", engines)
    ready = house.client.get("/health/ready")
    assert (ready.status_code, ready.json()["reasons"]) == (
        503,
        ["engine tuned: stopped", "engine base: stopped"],
    )
    assert house.get("reporter", "/engines")[0]["reason"] == "no route to 10.0.0.5:8000"


def test_an_article_from_the_end_of_time_is_kept_without_its_date(house: House) -> None:
    lines = [
        {"title": f"题{number}", "text": f"第{number}篇正文。", "date": at}
        for number, at in enumerate(("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-05-01"))
    ]
    content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    answer = house.ask("reporter", "POST", "/articles/files", files=[("files", ("a.jsonl", content))])
    assert answer.status_code == 200, answer.text
    dates = [house.get("reporter", f"/articles/{one}")["published_at"] for one in answer.json()["added"]]
    assert dates[:2] == [None, None]
    assert dates[2].startswith("2026-0")
