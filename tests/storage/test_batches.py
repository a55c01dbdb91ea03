"""Batches: each item is worked on once at a time, whoever dies, and nothing finished is done again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from caibian.records import Article
from caibian.storage import Database
from caibian.storage.accounts import Account
from caibian.storage.newsroom import articles, batches, claims
from caibian.storage.newsroom.batches import Batch, NewBatch
from caibian.storage.refusals import Invalid, NotFound, Outdated
from tests.storage.house import Clock, people

ANSWER = {"text": "标题", "seconds": 0.5}


@pytest.fixture
def reporter(database: Database) -> Account:
    return people(database, "许可", role="reporter")[0]


def begun(database: Database, account: Account, count: int = 3, prefix: str = "") -> Batch:
    found = [Article("", f"{prefix}正文{number}", title=f"{prefix}{number}") for number in range(count)]
    ids = articles.store(database, account, found).added
    return batches.create(database, account, NewBatch("headline.news", ids, "zh", 0, None, {}))


def claimed(database: Database) -> claims.Claim:
    found = claims.claim(database)
    assert found is not None
    return found


def test_a_batch_is_worked_off_in_order_and_says_how_far_it_is(database: Database, reporter: Account) -> None:
    batch = begun(database, reporter)
    assert (batch.state, batch.total, batch.by) == ("waiting", 3, "许可")
    for number in range(3):
        one = claimed(database)
        assert (one.title, one.body, one.position, one.tries) == (str(number), f"正文{number}", number + 1, 1)
        assert batches.read(database, reporter, batch.id).state == "running"
        kept = {"problem": "引擎出错"} if number == 1 else {"answer": ANSWER}
        assert claims.finish(database, one, **kept)  # type: ignore[arg-type]
    assert claims.claim(database) is None
    batch = batches.read(database, reporter, batch.id)
    assert (batch.state, batch.done, batch.failed) == ("done", 2, 1)
    assert batch.finished_at is not None
    states = [(item.state, item.answer, item.problem) for item in batches.items(database, reporter, batch.id)]
    assert states == [("done", ANSWER, None), ("failed", None, "引擎出错"), ("done", ANSWER, None)]


def test_of_many_workers_each_gets_an_item_of_its_own(database: Database, reporter: Account) -> None:
    batch = begun(database, reporter, 12)
    with ThreadPoolExecutor(6) as pool:
        found = [one for one in pool.map(lambda _: claims.claim(database), range(18)) if one is not None]
        assert sorted(one.position for one in found) == list(range(1, 13))
        assert all(pool.map(lambda one: claims.finish(database, one, answer=ANSWER), found))
    # Two that end at the same moment must not each think that the other one still works.
    assert batches.read(database, reporter, batch.id).state == "done"


def test_the_item_of_a_worker_that_fell_silent_is_given_to_another(
    database: Database, reporter: Account, clock: Clock
) -> None:
    batch = begun(database, reporter, 1)
    dead = claimed(database)
    clock.move(seconds=claims.LEASE.total_seconds() - 1)
    assert claims.renew(database, dead)
    clock.move(seconds=claims.LEASE.total_seconds() - 1)
    assert claims.claim(database) is None
    clock.move(seconds=2)
    other = claimed(database)
    assert (other.position, other.tries) == (1, 2)
    assert not claims.renew(database, dead)
    assert not claims.finish(database, dead, problem="zu spät")
    assert not claims.put_back(database, dead, timedelta(0))
    assert claims.finish(database, other, answer=ANSWER)
    assert not claims.finish(database, other, problem="again")
    assert batches.items(database, reporter, batch.id)[0].answer == ANSWER


def test_an_item_put_back_waits_its_time_and_says_why(
    database: Database, reporter: Account, clock: Clock
) -> None:
    batch = begun(database, reporter, 1)
    assert claims.put_back(database, claimed(database), timedelta(seconds=5), why="voll", tried=False)
    assert batches.items(database, reporter, batch.id)[0].problem == "voll"
    assert claims.claim(database) is None
    clock.move(seconds=6)
    again = claimed(database)
    assert again.tries == 1
    claims.finish(database, again, answer=ANSWER)
    assert batches.items(database, reporter, batch.id)[0].problem is None


def test_a_short_batch_need_not_wait_for_a_long_one(
    database: Database, reporter: Account, clock: Clock
) -> None:
    begun(database, reporter, 5, "long")
    clock.move(seconds=1)
    begun(database, reporter, 2, "short")
    order = [claimed(database).title for _ in range(5)]
    assert order == ["long0", "short0", "long1", "short1", "long2"]


def test_stopped_means_no_further_item_and_resumed_means_those_that_failed_too(
    database: Database, reporter: Account
) -> None:
    batch = begun(database, reporter)
    claims.finish(database, claimed(database), problem="kaputt")
    running = claimed(database)
    assert batches.stop(database, reporter, batch.id).state == "stopped"
    assert batches.stop(database, reporter, batch.id).state == "stopped"
    assert claims.claim(database) is None
    assert claims.finish(database, running, answer=ANSWER)
    assert batches.read(database, reporter, batch.id).state == "stopped"
    again = batches.resume(database, reporter, batch.id)
    assert (again.state, again.done, again.failed) == ("running", 1, 0)
    assert [claimed(database).position for _ in range(2)] == [1, 3]


def test_a_batch_that_ended_after_it_was_stopped_is_done_when_resumed(
    database: Database, reporter: Account
) -> None:
    batch = begun(database, reporter, 1)
    running = claimed(database)
    batches.stop(database, reporter, batch.id)
    claims.finish(database, running, answer=ANSWER)
    assert batches.resume(database, reporter, batch.id).state == "done"
    with pytest.raises(Outdated, match="done"):
        batches.stop(database, reporter, batch.id)


def test_a_removed_article_is_said_and_others_batches_are_not_shown(
    database: Database, reporter: Account
) -> None:
    batch = begun(database, reporter, 1)
    articles.remove(database, reporter, batches.items(database, reporter, batch.id)[0].article)
    assert claimed(database).body is None
    (other,), (editor,) = people(database, "other", role="reporter"), people(database, "ed", role="editor")
    for ask in (batches.read, batches.items, batches.stop, batches.resume):
        with pytest.raises(NotFound):
            ask(database, other, batch.id)
    assert batches.listing(database, other) == []
    assert [one.id for one in batches.listing(database, editor)] == [batch.id]


def test_an_article_that_is_not_there_is_named_and_one_named_twice_is_taken_once(
    database: Database, reporter: Account
) -> None:
    (made,) = articles.store(database, reporter, [Article("", "正文")]).added
    with pytest.raises(Invalid, match=r"^articles\.1: "):
        batches.create(database, reporter, NewBatch("t", [made, "x\0"], "zh", 0, None, {}))
    assert batches.listing(database, reporter) == []
    assert batches.create(database, reporter, NewBatch("t", [made, made], "zh", 0, None, {})).total == 1
