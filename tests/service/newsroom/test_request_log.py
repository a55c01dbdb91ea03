"""The log of requests takes whatever clients call things, and never stands still because of one entry."""

from __future__ import annotations

import zoneinfo
from dataclasses import replace

import pytest
from sqlalchemy import select

from caibian.service.recorder import Ended, Recorder
from caibian.storage import Database
from caibian.storage.access.requests import Entry, Log
from caibian.storage.access.schema import RequestLog, Usage
from tests.service.newsroom.house import House
from tests.storage.house import Clock

_UTC = zoneinfo.ZoneInfo("UTC")


@pytest.mark.parametrize("name", ["长" * 900, "a\x00b", "模型\n", "\x7f"])
def test_a_model_of_any_name_is_refused_and_logged(any_house: House, name: str) -> None:
    body = {"model": name, "messages": [{"role": "user", "content": "你好"}]}
    for _ in range(2):
        assert any_house.ask("reporter", "POST", "/chat/completions", json=body).status_code == 404
    assert any_house.app.state.admission.recorder.flush()
    with any_house.database.reading() as session:
        rows = session.scalars(select(RequestLog)).all()
        used = session.scalars(select(Usage)).one()
    assert [row.status for row in rows] == [404, 404]
    assert all(row.model and row.model.isprintable() and len(row.model) <= 200 for row in rows)
    assert used.requests == 2


def _entry(number: int, clock: Clock) -> Entry:
    id = f"{number:032x}"
    return Entry(id, clock(), 1, "", "chat", None, "one", 200, None, 1.0, None, 10, 5, 0.0)


def test_an_entry_that_the_database_refuses_is_dropped_and_all_others_are_written_and_counted_once(
    database: Database, clock: Clock
) -> None:
    recorder = Recorder(database, Log(database, _UTC), keep_days=90)
    entries = [_entry(number, clock) for number in range(40)]
    entries[17] = replace(entries[17], status=None)  # type: ignore[arg-type]
    with recorder._changed:  # so that all are one batch
        for entry in entries:
            recorder._waiting.append(Ended(entry, counts=True))
        recorder.put(Ended(_entry(40, clock), counts=True))
    assert recorder.flush()
    assert recorder.dropped == 1
    with database.reading() as session:
        kept = set(session.scalars(select(RequestLog.id)))
        used = session.scalars(select(Usage)).one()
    assert kept == {entry.id for entry in entries if entry.status is not None} | {_entry(40, clock).id}
    assert (used.requests, used.tokens) == (40, 40 * 15)
    recorder.close()
