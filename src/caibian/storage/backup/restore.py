"""Restoring a backup: one transaction, from the first table that is dropped to the last row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from caibian.errors import ConfigError, InputError
from caibian.storage import audit
from caibian.storage.backup.read import Manifest, read_manifest, read_rows
from caibian.storage.backup.shape import LEFT_OUT, plain_table
from caibian.storage.database import engine_of, open_database
from caibian.storage.migrations import (
    VERSION_TABLE,
    current_revision,
    known_revisions,
    rebuilding,
    upgrade_within,
)
from caibian.storage.schema import Audit, Base

_ROWS_AT_ONCE = 500
_LOCK_WAIT = "15s"  # for others to finish what they do with the tables


def restore_backup(path: Path, where: str, *, replace: bool = False) -> Manifest:
    """Fill a database from a backup; of an older version's, with its tables brought up to date.

    Args:
        where: file or URL; made if it is not there.
        replace: throw away what it holds now. Else a database that holds anything is refused.

    Raises:
        InputError: the file is no whole backup, or of a newer version; nothing was changed.
        ConfigError: the database holds something already, cannot be opened, or is in use; nothing was changed.
    """
    manifest = read_manifest(path)
    if manifest.schema not in known_revisions():
        raise InputError(
            f"{path}: written by a newer Caibian (schema {manifest.schema}); "
            "install the newer version: pip install -U caibian"
        )
    engine, shown = engine_of(where)
    try:
        with rebuilding(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'"))
            _make_room(connection, shown, replace)
            upgrade_within(connection, shown, manifest.schema)
            _load(connection, path, manifest)
            _go_on_counting(connection, manifest)
            upgrade_within(connection, shown)
            _note(connection, path, manifest)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise ConfigError(
            f"{shown}: nothing was restored, what it held is untouched ({reason}); is the service still running?"
        ) from error
    finally:
        engine.dispose()
    open_database(where).close()
    return manifest


def _make_room(connection: Connection, shown: str, replace: bool) -> None:
    there = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in there:
        return  # empty, or another program's: `upgrade_within` tells them apart
    if (found := current_revision(connection)) is not None and found not in known_revisions():
        raise InputError(
            f"{shown}: is of a newer Caibian (schema {found}); it is not overwritten by an older one"
        )
    ours = [table for table in reversed(Base.metadata.sorted_tables) if table.name in there]
    if not replace and any(_holds(connection, table) for table in ours if table.name not in LEFT_OUT):
        raise ConfigError(
            f"{shown}: is not empty; choose another database, or say --replace to lose what it holds"
        )
    functions = _functions(connection, [table.name for table in ours])
    for name in [*(table.name for table in ours), VERSION_TABLE]:
        connection.execute(text(f'DROP TABLE "{name}"'))
    for function in functions:
        connection.execute(text(f"DROP FUNCTION {function}"))


def _holds(connection: Connection, table: Table) -> bool:
    return connection.execute(select(text("1")).select_from(table).limit(1)).first() is not None


def _functions(connection: Connection, tables: list[str]) -> list[str]:
    """What PostgreSQL's triggers on our tables call; dropping a table leaves them behind."""
    if connection.dialect.name != "postgresql":
        return []
    asked = text(
        "SELECT DISTINCT CAST(CAST(t.tgfoid AS regprocedure) AS text) FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relname = ANY(:tables) "
        "AND c.relnamespace = CAST(current_schema() AS regnamespace)"
    )
    return list(connection.scalars(asked, {"tables": tables}))


def _load(connection: Connection, path: Path, manifest: Manifest) -> None:
    tables = {name: plain_table(name, columns) for name, columns in manifest.tables.items()}
    waiting: list[dict[str, Any]] = []
    current = ""
    for name, row in read_rows(path, manifest):
        if waiting and (name != current or len(waiting) == _ROWS_AT_ONCE):
            connection.execute(tables[current].insert(), waiting)
            waiting = []
        current = name
        waiting.append(row)
    if waiting:
        connection.execute(tables[current].insert(), waiting)
    for name, table in tables.items():
        found = connection.scalar(select(func.count()).select_from(table))
        if found != manifest.rows.get(name, 0):
            raise InputError(
                f"{path}: {manifest.rows.get(name, 0)} rows of {name} became {found}; nothing was changed"
            )


def _go_on_counting(connection: Connection, manifest: Manifest) -> None:
    """PostgreSQL numbers new rows by counters of its own, which know nothing of rows that came with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for name, columns in manifest.tables.items():
        for column, kind in columns:
            if kind != "int":
                continue
            asked = text("SELECT pg_get_serial_sequence(:name, :column)")
            if (counter := connection.scalar(asked, {"name": name, "column": column})) is not None:
                connection.execute(
                    text(
                        f"SELECT setval(CAST(:counter AS regclass), "
                        f'(SELECT coalesce(max("{column}"), 0) + 1 FROM "{name}"), false)'
                    ),
                    {"counter": counter},
                )


def _note(connection: Connection, path: Path, manifest: Manifest) -> None:
    """The log goes on with a line that says where the rest of it came from."""
    detail = {"file": path.name, "made_at": manifest.made_at.isoformat(), "sha256": manifest.sha256}
    now = datetime.now(UTC)
    connection.execute(
        Audit.__table__.insert(),  # type: ignore[attr-defined]
        {
            "at": now,
            "actor": audit.COMMAND_LINE,
            "action": "restore",
            "subject": "database",
            "detail": detail,
        },
    )
