"""Opening a database: new, old, newer, foreign, unreachable; and that the schema is what the code thinks."""

from __future__ import annotations

import multiprocessing
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from caibian.api import wire
from caibian.errors import CaibianError, ConfigError, InputError
from caibian.storage import Database, open_database, schema
from caibian.storage import database as database_module
from caibian.storage.accounts import bearer, create_account, find_account, log_in
from caibian.storage.audit import history
from caibian.storage.migrations import VERSION_TABLE, upgrade
from caibian.storage.overviews import overviews
from caibian.storage.schema import Base
from tests.storage.databases import BACKENDS, HEAD, empty_url
from tests.storage.house import PASSWORD, a_panel, people


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_url(request.param, tmp_path) as made:
        yield made


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(empty: str) -> None:
    opened = open_database(empty)
    with opened.engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        for table in Base.metadata.sorted_tables:
            found = {check["name"] for check in inspect(connection).get_check_constraints(table.name)}
            assert found == {one.name for one in table.constraints if isinstance(one, CheckConstraint)}
    opened.close()


def test_a_database_of_an_older_version_is_upgraded_with_its_rows(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(database_module, "upgrade", lambda engine, shown: upgrade(engine, shown, "0001"))
        older = open_database(empty)
    create_account(older, "许可", password=PASSWORD)
    assert "panels" not in inspect(older.engine).get_table_names()
    older.close()
    newer = open_database(empty)
    assert log_in(newer, "许可", PASSWORD)[1].name == "许可"
    assert a_panel(newer, ["许可"], per_item=1).assigned == 4
    newer.close()


def test_wider_roles_cost_nobody_a_session_or_a_ranking(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite copies the table of accounts for it; dropping the old one must take nothing along."""
    with monkeypatch.context() as patch:
        patch.setattr(database_module, "upgrade", lambda engine, shown: upgrade(engine, shown, "0002"))
        older = open_database(empty)
    create_account(older, "许可", password=PASSWORD)
    token, account = log_in(older, "许可", PASSWORD)
    a_panel(older, ["许可"], per_item=1)
    with pytest.raises(IntegrityError):
        create_account(older, "boss", role="admin")
    older.close()
    newer = open_database(empty)
    assert bearer(newer, token) == account
    assert overviews(newer, account)[0].assigned == 4
    create_account(newer, "boss", role="admin")
    with newer.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    newer.close()


def test_storage_and_wire_know_the_same_roles() -> None:
    assert schema.ROLES == wire.ROLES


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database, url: str) -> None:
    with database.writing() as session:
        session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(InputError, match=rf"newer Caibian \(schema 9999, this one knows up to {HEAD}\)"):
        open_database(url)
    with database.reading() as session:
        assert session.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == "9999"


def test_tables_of_another_program_are_not_taken_over(empty: str) -> None:
    engine = create_engine(empty.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER)"))
    with pytest.raises(InputError, match="not Caibian's"):
        open_database(empty)
    assert inspect(engine).get_table_names() == ["users"]
    engine.dispose()


def _open(url: str) -> str:
    try:
        open_database(url).close()
    except CaibianError as error:
        return str(error)
    return ""


def test_processes_that_start_together_upgrade_one_by_one(empty: str) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(_open, [empty] * 4, chunksize=1) == [""] * 4


def test_a_file_is_sqlite_for_its_owner_alone_with_safe_settings(tmp_path: Path) -> None:
    path = tmp_path / "new" / "panel.db"
    opened = open_database(path)
    create_account(opened, "许可")
    with opened.engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 15_000}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    opened.close()


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    people(database, "许可")

    def fail_in_the_middle() -> None:
        with database.writing() as session:
            session.execute(text("UPDATE users SET display = 'changed'"))
            session.execute(text("UPDATE users SET role = 'king'"))

    with pytest.raises(IntegrityError):
        fail_in_the_middle()
    found = find_account(database, "许可")
    assert found is not None
    assert (found.display, found.role) == ("许可", "expert")


def test_the_log_can_only_be_added_to(database: Database) -> None:
    people(database, "许可")
    for statement in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="can only be added to"), database.writing() as session:
            session.execute(text(statement))
    assert [row.action for row in history(database, "许可")] == ["create account"]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("mysql://u:geheim@host/db", "postgresql://USER@HOST/NAME"),
        ("postgresql://u:geheim@127.0.0.1:1/db", "cannot be opened"),
        ("://", "not a database URL"),
        ("/proc/nowhere/panel.db", "cannot be opened"),
    ],
)
def test_what_cannot_be_opened_is_said_without_the_password(where: str, says: str) -> None:
    if where.startswith("/proc") and not sys.platform.startswith("linux"):
        pytest.skip("no /proc here")
    with pytest.raises(ConfigError, match=says) as caught:
        open_database(where)
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_database(path)
    assert path.read_text() == "not a database " * 100
