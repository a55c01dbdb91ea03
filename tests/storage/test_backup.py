"""Backup and restore: between both kinds of database, of older versions, of damaged files."""

from __future__ import annotations

import gzip
import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from caibian.errors import CaibianError, ConfigError, InputError
from caibian.storage import Database, open_database
from caibian.storage import database as database_module
from caibian.storage.access.budgets import Amounts
from caibian.storage.access.keys import create_key
from caibian.storage.accounts import bearer, create_account, log_in
from caibian.storage.audit import history
from caibian.storage.backup import read_manifest, restore_backup, write_backup
from caibian.storage.backup.shape import LEFT_OUT, kept_tables
from caibian.storage.migrations import upgrade
from caibian.storage.overviews import overviews
from caibian.storage.schema import Base
from tests.storage.databases import BACKENDS, empty_url
from tests.storage.house import PASSWORD, Clock, a_panel, people


@pytest.fixture(params=BACKENDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, of each kind in turn."""
    (tmp_path / "target").mkdir()
    with empty_url(request.param, tmp_path / "target") as made:
        yield made


def _rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def _fill(database: Database) -> str:
    """One row at least in every table that is kept; gives a session's token."""
    people(database, "许可", "bo")
    people(database, "boss", role="admin")
    create_key(database, "许可", "k", features=["chat"], limits=Amounts(5, 10**12, 0.1))
    a_panel(database, ["许可", "bo"])
    with database.writing() as session:
        for table in Base.metadata.sorted_tables:
            if session.execute(select(table)).first() is None:
                session.execute(table.insert(), [_a_row(session, database.clock(), table)])
    return log_in(database, "许可", PASSWORD)[0]


def _a_row(session: Session, now: datetime, table: Any) -> dict[str, Any]:
    """A row that fits a table, with values that are easily lost."""
    row: dict[str, Any] = {}
    checks = " ".join(str(one.sqltext) for one in table.constraints if hasattr(one, "sqltext"))
    for column in table.columns:
        kind = type(column.type).__name__
        if column.foreign_keys:
            other = next(iter(column.foreign_keys)).column
            row[column.name] = session.execute(select(other)).scalars().first()
        elif f"{column.name} IN ('" in checks:
            row[column.name] = checks.split(f"{column.name} IN ('")[1].split("'")[0]
        elif kind == "Json":
            row[column.name] = {"名": ["\x00", 1.5, None, "\ud83d\ude00"]}
        elif kind == "Moment":
            row[column.name] = now
        elif kind == "Boolean":
            row[column.name] = True
        elif kind in ("String", "Text"):
            row[column.name] = "'; 终\n\\x"[: getattr(column.type, "length", None) or 9]
        elif kind == "LargeBinary":
            row[column.name] = b"\x00\xff"
        else:
            row[column.name] = 0.1 if kind == "Double" else 7
    return row


def test_everything_comes_back_in_either_kind_of_database(
    database: Database, target: str, tmp_path: Path, clock: Clock
) -> None:
    token, file = _fill(database), tmp_path / "house.jsonl.gz"
    before = _rows(database)
    assert [name for name, rows in before.items() if not rows] == []
    made = write_backup(database, file)
    assert made.rows == {name: len(rows) for name, rows in before.items() if name not in LEFT_OUT}
    assert read_manifest(file) == restore_backup(file, target) == made
    with closing(open_database(target, clock)) as restored:
        after = _rows(restored)
        (line,) = [row for row in after["audit"] if row not in before["audit"]]
        assert "restore" in line
        after["audit"].remove(line)
        assert after == before | {name: [] for name in LEFT_OUT}
        assert bearer(restored, token) is None
        assert log_in(restored, "许可", PASSWORD)[1].name == "许可"
        # New rows go on counting, and the guards of the log stand again.
        assert create_account(restored, "neu")[0].id > max(row[0] for row in before["users"])
        with pytest.raises(DBAPIError, match="can only be added to"), restored.writing() as session:
            session.execute(text("DELETE FROM audit"))


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "old.jsonl.gz"
    with monkeypatch.context() as patch:
        patch.setattr(database_module, "upgrade", lambda engine, shown: upgrade(engine, shown, "0002"))
        with closing(open_database(tmp_path / "old.db")) as older:
            people(older, "许可")
            a_panel(older, ["许可"], per_item=1)
            old = set(inspect(older.engine).get_table_names())
            tables = {name: columns for name, columns in kept_tables().items() if name in old}
            patch.setattr("caibian.storage.backup.write.kept_tables", lambda: tables)
            assert write_backup(older, file).schema == "0002"
    restore_backup(file, target)
    with closing(open_database(target)) as restored:
        _, account = log_in(restored, "许可", PASSWORD)
        assert overviews(restored, account)[0].assigned == 4
        create_account(restored, "boss", role="admin")


def test_a_backup_is_one_moment_while_others_write(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caibian.storage.backup import write

    people(database, "许可")
    packed, hired = write.packed, []

    def hire_meanwhile(row: Any, columns: Any) -> list[Any]:
        if not hired:
            hired.append(people(database, "late"))
        return packed(row, columns)

    monkeypatch.setattr(write, "packed", hire_meanwhile)
    made = write_backup(database, tmp_path / "b.gz")
    assert hired
    assert (made.rows["audit"], made.rows["users"]) == (1, 1)


def test_a_database_that_holds_anything_is_refused_unless_it_shall_be_lost(
    database: Database, target: str, tmp_path: Path
) -> None:
    people(database, "许可")
    file = tmp_path / "b.gz"
    write_backup(database, file)
    with closing(open_database(target)) as other:
        people(other, "jemand")
    with pytest.raises(ConfigError, match=r"is not empty; .* --replace"):
        restore_backup(file, target)
    with closing(open_database(target)) as other:
        assert log_in(other, "jemand", PASSWORD)
    restore_backup(file, target, replace=True)
    with closing(open_database(target)) as other:
        assert [row.action for row in history(other, "许可")] == ["create account"]
        assert history(other, "jemand") == []
        assert log_in(other, "许可", PASSWORD)


def test_a_restore_that_fails_leaves_what_was_there(
    database: Database, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(database, "许可")
    write_backup(database, tmp_path / "b.gz")
    with closing(open_database(target)) as other:
        people(other, "jemand")

    def fail(*_: object) -> None:
        raise InputError("in the middle")

    monkeypatch.setattr("caibian.storage.backup.restore._go_on_counting", fail)
    with pytest.raises(InputError, match="in the middle"):
        restore_backup(tmp_path / "b.gz", target, replace=True)
    with closing(open_database(target)) as other:
        assert log_in(other, "jemand", PASSWORD)


def _rewritten(file: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    with gzip.open(file) as stream:
        lines = change(stream.readlines())
    with gzip.open(file, "wb") as stream:
        stream.writelines(lines)


def _headed(**other: Any) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [json.dumps(json.loads(lines[0]) | other).encode() + b"\n", *lines[1:]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines[:-1], "it ends too early"),
        (lambda lines: [*lines[:3], *lines[4:]], "its content is not what was written"),
        (lambda lines: [*lines, lines[-1]], "it goes on after its end"),
        (lambda lines: [lines[0], b"{not json\n", *lines[1:]], "a line is no JSON"),
        (lambda lines: [b'{"rows": {}}\n', *lines[1:]], "is no backup of Caibian"),
        (lambda lines: [], "no JSON"),
        (_headed(format=2), "newer Caibian .format 2"),
        (_headed(tables={"users; DROP TABLE users": []}), "cannot be restored"),
        (_headed(tables={"sessions": []}), "cannot be restored"),
        (_headed(tables={"users": [["id", "thing"]]}), "cannot be restored"),
        (_headed(tables=None), "its head is incomplete"),
        (_headed(made_at="yesterday"), "its head is incomplete"),
    ],
)
def test_a_damaged_backup_is_found_out_before_anything_is_touched(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], says: str
) -> None:
    file = tmp_path / "b.gz"
    with closing(open_database(tmp_path / "house.db")) as database:
        people(database, "许可")
        write_backup(database, file)
    _rewritten(file, change)
    with pytest.raises(InputError, match=says):
        restore_backup(file, str(tmp_path / "target.db"))
    assert not (tmp_path / "target.db").exists()


def test_a_file_cut_short_of_another_kind_or_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "b.gz"
    with closing(open_database(tmp_path / "house.db")) as database:
        people(database, *(f"name{number}" for number in range(40)))
        write_backup(database, file)
    file.write_bytes(file.read_bytes()[:-200])
    (tmp_path / "text").write_text("no backup")
    for name in ("b.gz", "text", "missing"):
        with pytest.raises(InputError, match=name):
            restore_backup(tmp_path / name, str(tmp_path / "target.db"))
    assert not (tmp_path / "target.db").exists()


def test_a_backup_of_a_newer_version_and_rows_that_do_not_fit_are_refused(
    database: Database, target: str, tmp_path: Path
) -> None:
    import hashlib

    people(database, "许可")
    file = tmp_path / "b.gz"
    write_backup(database, file)

    def signed(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[list[bytes]], list[bytes]]:
        def sign(lines: list[bytes]) -> list[bytes]:
            body = change(lines[:-1])
            tail = json.loads(lines[-1]) | {"sha256": hashlib.sha256(b"".join(body)).hexdigest()}
            return [*body, json.dumps(tail).encode() + b"\n"]

        return sign

    for change, says in (
        (_headed(schema="9999"), "newer Caibian .schema 9999"),
        (lambda lines: [one.replace('"许可"'.encode(), b"7") for one in lines], "a row of .* does not fit"),
        (lambda lines: [one.replace(b'"expert"', b'"king"') for one in lines], "nothing was restored"),
    ):
        copy = tmp_path / "copy.gz"
        copy.write_bytes(file.read_bytes())
        _rewritten(copy, signed(change))
        with pytest.raises(CaibianError, match=says):
            restore_backup(copy, target)
    with closing(open_database(target)) as other:
        assert all(not rows for rows in _rows(other).values())


def test_a_backup_is_its_owners_alone_and_never_replaces_a_file(database: Database, tmp_path: Path) -> None:
    people(database, "许可")
    file = tmp_path / "deep" / "b.gz"
    write_backup(database, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    known = file.read_bytes()
    with pytest.raises(ConfigError, match="exists already"):
        write_backup(database, file)
    assert file.read_bytes() == known
    assert [one.name for one in file.parent.iterdir()] == ["b.gz"]
    write_backup(database, tmp_path / "again.gz")
    assert (tmp_path / "again.gz").read_bytes() == known  # the clock stands still, and so does the rest


def test_a_damaged_database_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "house.db"
    with closing(open_database(path)) as database:
        people(database, *(f"name{number}" for number in range(300)))
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.rollback()
            page = connection.exec_driver_sql(
                "SELECT rootpage FROM sqlite_master WHERE name = 'ix_audit_subject_id'"
            ).scalar()
            size = connection.exec_driver_sql("PRAGMA page_size").scalar()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size + 100 : page * size] = b"\x55" * (size - 100)
    path.write_bytes(content)
    with (
        closing(open_database(path)) as database,
        pytest.raises(InputError, match=r"damaged|could not be read"),
    ):
        write_backup(database, tmp_path / "b.gz")
    assert not (tmp_path / "b.gz").exists()
