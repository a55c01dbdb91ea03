"""The log of requests in figures, held against numpy's; pages and pruning."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy
import pytest

from caibian.storage import Database
from caibian.storage.access.figures import overview
from caibian.storage.access.requests import Entry, Log, page, prune
from tests.storage.house import Clock, people
from tests.storage.test_access import entry

UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def entries(database: Database, clock: Clock) -> list[Entry]:
    """Five hundred requests of the last two hours, some without a first token, some alike."""
    (account,) = people(database, "许可")
    chance = random.Random(4)
    made = [
        entry(
            number,
            clock() - timedelta(seconds=chance.randrange(7200)),
            account,
            feature=chance.choice(["chat", "tasks", "batches"]),
            model=chance.choice(["tuned", "base", None]),
            status=chance.choice([200] * 6 + [404, 429, 499, 500, 503]),
            ms=float(chance.choice([5, 5, 7, 100, chance.randrange(3000)])) + 0.25,
            first_token_ms=chance.choice([None, chance.random() * 500]),
            prompt_tokens=chance.randrange(900),
        )
        for number in range(500)
    ]
    for start in range(0, 500, 90):
        Log(database, UTC_ZONE).write(made[start : start + 90], [])
    return made


def _percentiles(values: list[float]) -> tuple[float, float]:
    half, most = numpy.percentile(values, [50, 95])
    return float(half), float(most)


@pytest.mark.parametrize("minutes", [1, 7, 60, 180])
def test_percentiles_are_those_of_numpy_in_total_and_in_every_group(
    database: Database, clock: Clock, entries: list[Entry], minutes: int
) -> None:
    recent = [one for one in entries if one.at >= clock() - timedelta(minutes=minutes)]
    found = overview(database, minutes)
    groups = [(found.total, recent)]
    groups += [(one, [x for x in recent if x.feature == one.name]) for one in found.by_feature]
    groups += [(one, [x for x in recent if x.model == one.name]) for one in found.by_model]
    assert {one.name for one in found.by_model} == {one.model for one in recent} - {None}
    for figures, rows in groups:
        assert figures.requests == len(rows)
        assert figures.errors == sum(row.status >= 500 for row in rows)
        assert figures.refused == sum(400 <= row.status < 499 for row in rows)
        assert figures.prompt_tokens == sum(row.prompt_tokens for row in rows)
        assert figures.cost == pytest.approx(0.5 * len(rows))
        assert (figures.p50_ms, figures.p95_ms) == pytest.approx(_percentiles([row.ms for row in rows]))
        first = [row.first_token_ms for row in rows if row.first_token_ms is not None]
        expected = _percentiles(first)[0] if first else None
        assert figures.first_token_p50_ms == (expected if expected is None else pytest.approx(expected))
    assert [one.requests for one in found.by_feature] == sorted(
        (one.requests for one in found.by_feature), reverse=True
    )


def test_slices_cover_the_span_without_gaps_and_hold_every_request_once(
    database: Database, clock: Clock, entries: list[Entry]
) -> None:
    for minutes, step in ((60, 60), (71, 60), (120, 120), (600, 600), (10_080, 10_800 * 2)):
        found = overview(database, minutes)
        moments = [at for at, _ in found.slices]
        gaps = {(after - before).total_seconds() for before, after in pairwise(moments)}
        assert len(gaps) == 1
        assert gaps.pop() <= step
        assert len(moments) <= 73
        assert moments[0] <= clock() - timedelta(minutes=minutes) < moments[1]
        assert moments[-1] <= clock()
        assert sum(one.requests for _, one in found.slices) == found.total.requests
    at, busiest = max(overview(database, 60).slices, key=lambda one: one[1].requests)
    inside = [one.ms for one in entries if at <= one.at < at + timedelta(minutes=1)]
    assert busiest.requests == len(inside)
    assert busiest.p50_ms == pytest.approx(_percentiles(inside)[0])


def test_nothing_asked_is_no_error(database: Database) -> None:
    found = overview(database, 60)
    assert (found.total.requests, found.total.cost, found.total.p50_ms) == (0, 0.0, None)
    assert (found.by_feature, found.by_model, found.by_status) == ([], [], {})
    assert len(found.slices) == 61


def test_pages_hold_every_line_once_newest_first(database: Database, entries: list[Entry]) -> None:
    seen: list[Entry] = []
    before = None
    while rows := page(database, before=before, limit=37):
        seen += [row.entry for row in rows]
        before = (rows[-1].entry.at, rows[-1].entry.id)
    assert seen == sorted(entries, key=lambda one: (one.at, one.id), reverse=True)
    chosen = page(database, limit=500, feature="chat", status=4)
    assert {row.entry.id for row in chosen} == {
        one.id for one in entries if one.feature == "chat" and 400 <= one.status < 500
    }
    assert {row.account for row in chosen} == {"许可"}


def test_a_request_that_is_written_twice_stands_there_once(database: Database, entries: list[Entry]) -> None:
    Log(database, UTC_ZONE).write(entries[:10], [])
    assert len(page(database, limit=1000)) == len(entries)


def test_old_lines_are_deleted_and_young_ones_kept(
    database: Database, clock: Clock, entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caibian.storage.access.requests._PRUNE_AT_ONCE", 60)
    clock.move(days=90, hours=-1)
    old = [one for one in entries if one.at < clock() - timedelta(days=90)]
    assert 0 < len(old) < len(entries)
    assert prune(database, 90) == len(old)
    assert len(page(database, limit=1000)) == len(entries) - len(old)
    assert prune(database, 90) == 0
