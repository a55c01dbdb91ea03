"""Who bears what, and what is left to them: beneath the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from caibian.storage import Database, open_database
from caibian.storage.access import passes as module
from caibian.storage.access.budgets import Amounts, budgets, day_of, minute_of, set_budget
from caibian.storage.access.features import switch
from caibian.storage.access.keys import create_key, digest
from caibian.storage.access.passes import Passes
from caibian.storage.access.people import change_account, people
from caibian.storage.access.requests import Entry, Log
from caibian.storage.accounts import Account, create_account, log_in
from caibian.storage.direct import Direct
from caibian.storage.refusals import Invalid
from tests.storage.house import PASSWORD, Clock
from tests.storage.house import people as accounts_of
from tests.storage.test_accounts import _everything

SHANGHAI = ZoneInfo("Asia/Shanghai")


def entry(number: int, at: datetime, who: Account | int = 1, **more: object) -> Entry:
    """A request that took ten tokens."""
    known: dict[str, object] = {
        "id": f"{number:032x}",
        "at": at,
        "user_id": who if isinstance(who, int) else who.id,
        "key_id": "",
        "feature": "chat",
        "task": None,
        "model": "tuned",
        "status": 200,
        "code": None,
        "ms": 10.0,
        "first_token_ms": None,
        "prompt_tokens": 6,
        "completion_tokens": 4,
        "cost": 0.5,
    }
    return Entry(**(known | more))  # type: ignore[arg-type]


@pytest.fixture
def passes(database: Database) -> Passes:
    return Passes(database, SHANGHAI, Amounts())


def test_a_secret_is_not_stored(database: Database) -> None:
    accounts_of(database, "许可")
    _, secret = create_key(database, "许可", "k")
    everything = _everything(database)
    assert secret not in everything
    assert digest(secret) in everything


def test_one_statement_finds_bearer_switch_and_budgets(database: Database, passes: Passes) -> None:
    (account,) = accounts_of(database, "许可")
    token, _ = log_in(database, "许可", PASSWORD)
    key, secret = create_key(database, "许可", "k", limits=Amounts(5, None, 1.5), features=["tasks", "chat"])
    set_budget(database, SHANGHAI, Amounts(tokens_a_day=1000), account="许可")
    set_budget(database, SHANGHAI, Amounts(tokens_a_day=70), account="许可", feature="chat")
    set_budget(database, SHANGHAI, Amounts(cost_a_day=9.0))
    set_budget(database, SHANGHAI, Amounts(tokens_a_day=1), account="许可", feature="tasks")
    switch(database, "chat", False, "原因\x00")
    now = database.clock()
    log = Log(database, SHANGHAI)
    log.write(*[[entry(1, now, account), entry(2, now, account, key_id=key.id), entry(3, now, 99)]] * 2)

    statements: list[str] = []
    original = database.direct._rows
    database.direct._rows = lambda sql, parameters: (statements.append(sql), original(sql, parameters))[1]  # type: ignore[method-assign]
    found = passes.find(token, "chat")
    assert len(statements) == 1
    assert found is not None
    assert (found.account, found.key_id, found.key_features, found.void) == (account, "", None, None)
    assert found.off == "原因\x00"
    used = {
        (one.user_id, one.key_id, one.feature): (one.minute_requests, one.tokens) for one in found.allowances
    }
    assert used == {(account.id, "", ""): (2, 20), (account.id, "", "chat"): (2, 20), (0, "", ""): (3, 30)}

    by_key = passes.find(secret, "tasks")
    assert by_key is not None
    assert (by_key.key_id, by_key.key_features) == (key.id, {"tasks", "chat"})
    assert by_key.off is None
    used = {
        (one.user_id, one.key_id, one.feature): (one.minute_requests, one.cost) for one in by_key.allowances
    }
    assert used == {
        (account.id, "", ""): (2, 1.0),
        (account.id, "", "tasks"): (0, 0.0),
        (account.id, key.id, ""): (1, 0.5),
        (0, "", ""): (3, 1.5),
    }
    assert passes.find(secret[:-1] + "x", "chat") is None
    assert passes.find("nul\x00", "chat") is None
    assert passes.find("\ud800", "chat") is None


def test_the_statement_reads_by_indexes_alone(tmp_path: Path) -> None:
    """In SQLite, which plans by the schema; PostgreSQL's plans depend on how many rows there are."""
    with closing(open_database(tmp_path / "house.db")) as database:
        for parts in (module._SESSION, module._KEY):
            sql = database.direct.sql("EXPLAIN QUERY PLAN " + module._SELECT.format(**parts).strip())
            plan = database.direct.rows(sql, {"digest": "", "feature": "", "day": 1, "minute": 1})
            assert len(plan) > 5
            assert [row[3] for row in plan if row[3].startswith("SCAN")] == []


def test_a_connection_that_broke_while_it_lay_idle_costs_nobody_a_request(
    database: Database, passes: Passes
) -> None:
    accounts_of(database, "许可")
    token, _ = log_in(database, "许可", PASSWORD)
    assert passes.find(token, "chat") is not None
    if database.engine.dialect.name == "sqlite":
        assert len(database.direct._idle) == 1
        return
    (idle,) = database.direct._idle
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": idle.info.backend_pid})
    assert passes.find(token, "chat") is not None


def test_what_the_database_refuses_is_an_error_of_the_database(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        database.direct.rows(database.direct.sql("SELECT secret FROM nowhere WHERE x = :x"), {"x": "geheim"})
    assert "geheim" not in str(caught.value)
    assert database.direct.rows("SELECT 1", {}) == [(1,)]


def test_a_database_that_is_away_is_an_error_of_operation_and_not_the_drivers_own() -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(OperationalError, match="refused"):
        Direct(away).rows("SELECT 1", {})


def test_connections_for_single_statements_are_few(database: Database) -> None:
    opened = []
    event.listen(database.engine, "connect", lambda *_: opened.append(1))
    with ThreadPoolExecutor(24) as threads:
        assert list(threads.map(lambda _: database.direct.rows("SELECT 1", {}), range(200))) == [[(1,)]] * 200
    assert len(opened) <= 8


def test_the_newest_minute_wins_and_days_are_kept_apart(database: Database) -> None:
    now, log = datetime(2026, 5, 4, 15, 59, 30, tzinfo=UTC), Log(database, SHANGHAI)  # 23:59:30 in Shanghai
    later = now + timedelta(minutes=1)
    log.write([], [entry(1, now), entry(2, now), entry(3, later)])
    log.write([], [entry(4, later), entry(5, now), entry(6, later, status=500)])
    with database.reading() as session:
        found = session.execute(
            text("SELECT day, minute, minute_requests, requests, tokens, cost FROM usage ORDER BY day")
        ).all()
    assert [tuple(row) for row in found] == [
        (day_of(now, SHANGHAI), minute_of(now), 3, 3, 30, 1.5),
        (day_of(later, SHANGHAI), minute_of(later), 3, 3, 30, 1.5),
    ]
    assert day_of(later, SHANGHAI) == day_of(now, SHANGHAI) + 1
    third = later + timedelta(seconds=45)
    log.write([], [entry(7, third), entry(8, later)])
    with database.reading() as session:
        row = session.execute(
            text("SELECT minute, minute_requests, requests FROM usage ORDER BY day DESC")
        ).first()
    assert row is not None
    assert tuple(row) == (minute_of(third), 1, 5)


def test_a_budget_counts_what_is_its_own(database: Database, clock: Clock) -> None:
    first, second = accounts_of(database, "anna", "bo")
    set_budget(database, SHANGHAI, Amounts(tokens_a_day=5), account="anna", feature="chat")
    set_budget(database, SHANGHAI, Amounts(requests_a_minute=5))
    now = clock()
    counted = [entry(1, now, first), entry(2, now, first, feature="tasks"), entry(3, now, second)]
    Log(database, SHANGHAI).write(counted, counted)
    everybody, own = budgets(database, SHANGHAI)
    assert (everybody.account, everybody.feature, everybody.minute_requests) == (None, None, 3)
    assert (own.account, own.feature, own.minute_requests, own.tokens) == ("anna", "chat", 1, 10)
    clock.move(minutes=1)
    assert [one.minute_requests for one in budgets(database, SHANGHAI)] == [0, 0]
    clock.move(hours=24)
    assert [one.tokens for one in budgets(database, SHANGHAI)] == [0, 0]


def test_admins_who_demote_each_other_at_once_do_not_both_succeed(database: Database) -> None:
    for round in range(4):
        names = [f"a{round}", f"b{round}"]
        for name in names:
            create_account(database, name, role="admin", password=PASSWORD)
        for one in people(database):
            if one.role == "admin" and one.name not in names:
                change_account(database, one.name, role="editor")

        def demote(name: str) -> bool:
            try:
                change_account(database, name, role="editor")
            except Invalid:
                return False
            return True

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(demote, names)) == [False, True]
        assert sum(one.role == "admin" for one in people(database)) == 1
