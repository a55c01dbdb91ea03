"""`open_database`: one database by file or URL, its schema up to date, with transactions that say what they do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from caibian.errors import CaibianError, ConfigError, MissingExtra

try:
    from sqlalchemy import URL, Engine, create_engine, event, make_url
    from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
    from sqlalchemy.orm import Session, sessionmaker

    import caibian.storage.access.schema
    import caibian.storage.newsroom.tables  # noqa: F401  (so do these)
    from caibian.storage.direct import Direct
    from caibian.storage.migrations import upgrade
except ImportError as error:
    raise MissingExtra(error.name or "sqlalchemy", "serve") from error

_BUSY_MS = 15_000  # how long a writer of SQLite waits for another; a write takes milliseconds
_POOL = 8  # connections kept open by one process
_POOL_OVERFLOW = 32  # further ones at a peak: as many as the web framework has threads


class Database:
    """An open database. Made by `open_database`; safe to use from several threads and processes.

    `clock` tells the time for everything that is stored.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] | None = None) -> None:
        self.engine = engine
        self.clock = clock or (lambda: datetime.now(UTC))
        self.direct = Direct(engine)
        self._reading = sessionmaker(engine, expire_on_commit=False)
        self._writing = sessionmaker(engine.execution_options(caibian_write=True), expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view of the data, for reading alone."""
        with self._reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: committed, on disk, when the block ends well, undone when it raises."""
        with self._writing.begin() as session:
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.direct.close()
        self.engine.dispose()


def open_database(where: str | Path, clock: Callable[[], datetime] | None = None) -> Database:
    """Open a database, create it where there is none, and bring its schema up to date.

    Args:
        where: a file (SQLite), or a URL: `sqlite:///FILE`, `postgresql://USER:PASSWORD@HOST/NAME`.
        clock: where not the real time shall be stored.

    Raises:
        ConfigError: no such database can be opened.
        InputError: it was written by a newer version, or holds tables that are not ours.
        MissingExtra: the driver is not installed.
    """
    engine, shown = engine_of(where)
    try:
        upgrade(engine, shown)
    except (SQLAlchemyError, CaibianError) as error:
        engine.dispose()
        if isinstance(error, CaibianError):
            raise
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
        raise ConfigError(f"--db {shown}: cannot be opened ({reason})") from error
    return Database(engine, clock)


def engine_of(where: str | Path) -> tuple[Engine, str]:
    """Connections to a database, whatever its tables are, and its address without its password.

    Raises:
        ConfigError, MissingExtra: as `open_database`.
    """
    url = _url(where)
    try:
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    except ImportError as error:
        raise MissingExtra(error.name or "psycopg", "postgres") from error
    return engine, _shown(url)


def _url(where: str | Path) -> URL:
    text = str(where)
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ConfigError("--db: not a database URL; a file, or postgresql://USER@HOST/NAME") from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(f"--db {_shown(url)}: sqlite:///FILE or postgresql://USER@HOST/NAME")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ConfigError("--db: SQLite needs a file, or nothing would be left when the program ends")
    return url


def _shown(url: URL) -> str:
    """The database's address without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(True)


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The file holds password hashes and unpublished judgements: its owner's alone. Its WAL takes the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(f"--db {path}: cannot be opened ({error.strerror or error})") from error
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        pool_size=_POOL,
        max_overflow=_POOL_OVERFLOW,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        # SQLite's own lower() knows the letters of ASCII alone.
        connection.create_function("unicode_lower", 1, lambda text: text and text.lower(), deterministic=True)
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",  # readers do not wait for the writer
            "synchronous=FULL",  # a commit survives a power cut
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A writer takes the lock at once: two that read first and write later would block each other for good.
        write = connection.get_execution_options().get("caibian_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=_POOL,
        max_overflow=_POOL_OVERFLOW,
        hide_parameters=True,  # of errors: they would carry people's words and hashes into logs
        pool_pre_ping=True,  # a database that was restarted costs no failed request
        connect_args={"connect_timeout": 10},
    )
