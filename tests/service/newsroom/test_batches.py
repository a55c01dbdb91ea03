"""Batches: a task over many articles, over HTTP and in the process that works them off."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from caibian.api.articles import Batch
from caibian.errors import ModelError
from caibian.models.chat import Options
from caibian.records import Article, Message
from caibian.service.engine_errors import Busy, EngineDown
from caibian.service.newsroom.batches import BatchRunner
from caibian.service.settings import Topic
from caibian.storage import open_database
from caibian.storage.accounts import create_account, find_account, set_disabled
from caibian.storage.newsroom import articles, batches, claims
from caibian.storage.newsroom.batches import NewBatch
from tests.service.newsroom.conftest import housed
from tests.service.newsroom.house import House
from tests.storage.databases import fresh_url
from tests.storage.house import Clock

STORY = "第{}篇：市政府5月4日宣布，老桥将关闭两年，投资3亿元。"


def imported(house: House, count: int = 3, length: int = 1, first: int = 0) -> list[str]:
    account = find_account(house.database, "reporter1")
    assert account is not None
    found = [
        Article("", STORY.format(number) * length, title=f"题{number}", language="zh")
        for number in range(first, first + count)
    ]
    return list(articles.store(house.database, account, found).added)


def begun(house: House, count: int = 3, first: int = 0) -> Batch:
    body = {"task": "headline.news", "articles": imported(house, count, first=first)}
    return Batch.model_validate(house.post("reporter", "/batches", body))


@pytest.fixture
def runner(any_house: House) -> Iterator[BatchRunner]:
    made = runner_of(any_house)
    yield made
    made.recorder.close()


def runner_of(house: House) -> BatchRunner:
    return BatchRunner(house.app.state.settings, house.database, house.gateway, house.app.state.book)


def work(runner: BatchRunner) -> int:
    """Work until nothing is to be done now; how many items were taken up."""

    async def all_steps() -> int:
        count = 0
        while await runner.step():
            count += 1
        return count

    return asyncio.run(all_steps())


def says(house: House, words: Any) -> None:
    """Have the model say this, or fail so; one after another where there are several."""
    left = list(words) if isinstance(words, list) else [words]

    def script(messages: list[Message], options: Options) -> str:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return str(one)

    house.gateway.script = script  # type: ignore[assignment]


def items(house: House, batch: Batch, who: str = "reporter") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.get(who, f"/batches/{batch.id}/items")
    return found


def test_a_batch_runs_a_task_on_every_article_as_the_api_would(any_house: House, runner: BatchRunner) -> None:
    says(any_house, "老桥将关闭两年")
    batch = begun(any_house)
    assert (batch.state, batch.total, batch.by) == ("waiting", 3, "reporter1")
    assert work(runner) == 3
    batch = Batch.model_validate(any_house.get("reporter", f"/batches/{batch.id}"))
    assert (batch.state, batch.done, batch.failed) == ("done", 3, 0)
    found = items(any_house, batch)
    assert [item["title"] for item in found] == ["题0", "题1", "题2"]
    answer = found[1]["answer"]
    assert (answer["text"], answer["model"], answer["source"]) == ("老桥将关闭两年", "tuned", STORY.format(1))
    assert {check["name"] for check in answer["checks"]} > {"length"}
    # It is logged as requests of who asked for it.
    assert runner.recorder.flush()
    with any_house.database.reading() as session:
        rows = session.execute(
            text("SELECT feature, task, status, u.name FROM requests r JOIN users u ON u.id = r.user_id "
                 "WHERE model = 'tuned'")
        ).all()  # fmt: skip
    assert [tuple(row) for row in rows] == [("batches", "headline.news", 200, "reporter1")] * 3


def test_what_the_article_goes_into_and_what_is_the_same_for_all(house: House) -> None:
    ids = imported(house, 1)
    book = house.app.state.book
    card = next(card for card in book.cards.values() if {"title", "article"} <= set(card.input))
    extra = {
        name: "给全体读者"
        for name, field in card.input.items()
        if field.use == "required" and name not in ("title", "article")
    }
    language = next(iter(card.instructions))
    house.post(
        "reporter", "/batches", {"task": card.id, "articles": ids, "language": language, "extra": extra}
    )
    says(house, "好")
    runner = runner_of(house)
    assert work(runner) == 1
    runner.recorder.close()
    asked = house.gateway.asked[-1].messages[-1]["content"]
    assert STORY.format(0) in asked
    assert "题0" in asked


@pytest.mark.parametrize(
    ("more", "status", "says_"),
    [
        ({"task": "headline.gone"}, 404, "headline.gone"),
        ({"articles": ["0" * 32]}, 422, "articles.0"),
        ({"articles": ["\x00"]}, 422, "articles.0"),
        ({"language": "hi", "variant": 40}, 422, "language, variant"),
        ({"model": "gone"}, 422, "gone"),
        ({"extra": {"what": "x"}}, 422, "extra.what"),
        ({"extra": {"article": "x"}}, 422, "extra.article"),
    ],
)
def test_a_batch_that_cannot_be_carried_out_is_refused_at_once(
    house: House, more: dict[str, Any], status: int, says_: str
) -> None:
    body = {"task": "headline.news", "articles": imported(house, 1)} | more
    assert says_ in house.problem("reporter", "POST", "/batches", status, json=body).message
    assert house.get("editor", "/batches") == []


def test_a_topic_that_is_ruled_out_is_refused_in_a_batch_too(clock: Clock, tmp_path: Path) -> None:
    topics = [Topic(name="stocks", patterns=["荐股"])]
    with housed(fresh_url("sqlite", tmp_path), clock, topics=topics) as house:
        book = house.app.state.book
        card = next(card for card in book.cards.values() if {"article", "angle"} <= set(card.input))
        body = {"task": card.id, "articles": imported(house, 1), "extra": {"angle": "请荐股"}}
        assert house.problem("reporter", "POST", "/batches", 422, json=body).code == "refused_topic"


def test_busy_engines_are_waited_for_and_broken_ones_given_up_with_the_reason(
    any_house: House, runner: BatchRunner
) -> None:
    says(
        any_house,
        [Busy("the queue is full", 3), EngineDown("no engine runs"), ModelError("broken"), "好", "好", "好"],
    )
    batch = begun(any_house)
    assert work(runner) == 3
    waiting = items(any_house, batch)
    assert [(item["state"], item["problem"]) for item in waiting] == [
        ("waiting", "the queue is full"),
        ("waiting", "no engine runs"),
        ("waiting", "broken"),
    ]
    any_house.clock.move(seconds=10)
    assert work(runner) == 3
    assert {item["state"] for item in items(any_house, batch)} == {"done"}
    says(any_house, ModelError("broken for good"))
    batch = begun(any_house, 1, first=7)
    for _ in range(5):
        work(runner)
        any_house.clock.move(minutes=2)
    (item,) = items(any_house, batch)
    assert (item["state"], item["problem"]) == ("failed", "broken for good")
    says(any_house, "好")
    assert any_house.post("reporter", f"/batches/{batch.id}/resume")["state"] == "waiting"
    work(runner)
    assert items(any_house, batch)[0]["state"] == "done"


def test_a_feature_that_is_off_holds_a_batch_up_and_a_closed_account_ends_it(
    any_house: House, runner: BatchRunner
) -> None:
    says(any_house, "好")
    batch = begun(any_house, 1)
    any_house.put("operator", "/features/batches", {"enabled": False, "reason": "Wartung"})
    assert work(runner) == 1
    (item,) = items(any_house, batch)
    assert item["state"] == "waiting"
    assert "Wartung" in item["problem"]
    assert any_house.gateway.asked == []
    any_house.put("operator", "/features/batches", {"enabled": True})
    any_house.clock.move(minutes=2)
    assert work(runner) == 1
    assert items(any_house, batch)[0]["state"] == "done"
    batch = begun(any_house, 1, first=7)
    set_disabled(any_house.database, "reporter1", True)
    assert work(runner) == 1
    (item,) = items(any_house, batch, "editor")
    assert (item["state"], item["problem"]) == ("failed", "this account is disabled")


def test_an_article_that_is_gone_or_too_long_fails_alone(house: House) -> None:
    says(house, "好")
    ids = [*imported(house, 2), *imported(house, 1, length=3000)]
    batch = Batch.model_validate(
        house.post("reporter", "/batches", {"task": "headline.news", "articles": ids})
    )
    house.ask("editor", "DELETE", f"/articles/{ids[0]}")
    runner = runner_of(house)
    work(runner)
    runner.recorder.close()
    found = items(house, batch)
    assert [item["state"] for item in found] == ["failed", "done", "failed"]
    assert "removed" in found[0]["problem"]
    assert "too long" in found[2]["problem"]


def test_a_runner_that_is_stopped_gives_its_item_back_at_once(house: House) -> None:
    batch = begun(house, 1)

    async def scenario() -> None:
        runner, stopped, asked = runner_of(house), asyncio.Event(), asyncio.Event()

        async def answer(_: object) -> object:
            asked.set()
            await asyncio.sleep(60)
            raise AssertionError

        house.gateway.answer = answer  # type: ignore[assignment,method-assign]
        running = asyncio.create_task(runner.run(stopped))
        await asyncio.wait_for(asked.wait(), 5)
        assert items(house, batch)[0]["state"] == "running"
        stopped.set()
        await asyncio.wait_for(running, 5)

    asyncio.run(scenario())
    assert items(house, batch)[0]["state"] == "waiting"
    again = claims.claim(house.database)
    assert again is not None
    assert again.tries == 1


_WORKER = """
import asyncio, sys, time
from caibian.service.newsroom.batches import BatchRunner
from caibian.service.newsroom.book import TaskBook
from caibian.storage import open_database
from tests.service.newsroom.gateway import ScriptedGateway
from tests.service.newsroom.house import settings
def script(messages, options):
    if "第3篇" in messages[-1]["content"]:
        print("in the middle", flush=True)
        time.sleep(60)
    return "好"
house = settings()
runner = BatchRunner(house, open_database(sys.argv[1]), ScriptedGateway(script), TaskBook.of(house))
asyncio.run(runner.run(asyncio.Event()))
"""


def test_a_batch_goes_on_after_its_worker_was_killed_and_does_nothing_twice(
    tmp_path: Path, clock: Clock
) -> None:
    place = str(tmp_path / "house.db")
    with closing(open_database(place)) as database:
        anna, _ = create_account(database, "anna", role="reporter")
        found = [Article("", STORY.format(number)) for number in range(5)]
        ids = articles.store(database, anna, found).added
        batch = batches.create(database, anna, NewBatch("headline.news", ids, "zh", 0, None, {}))
    worker = subprocess.Popen([sys.executable, "-c", _WORKER, place], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "in the middle\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    with closing(open_database(place)) as database:
        assert batches.read(database, anna, batch.id).done == 3
        now = database.clock()
        # Its lease runs out a minute later.
        clock.now = now
        database.clock = clock
        waiting = claims.claim(database)
        assert waiting is not None
        assert waiting.position == 5
        clock.move(seconds=claims.LEASE.total_seconds() + 1)
        again = claims.claim(database)
        assert again is not None
        assert (again.position, again.tries) == (4, 2)
