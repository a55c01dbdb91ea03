"""Statements on the path of every request: one round trip each, on connections that stay open between them.

`Database.reading` and `writing` borrow a connection, ask whether it lives, open a transaction and end it: right for a
piece of work, and several times what a single SELECT by a key costs.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

Parameters = Mapping[str, Any]
_SHOWN = 60  # characters of a statement in an error message
_MOST = 8  # connections at once: each is held for well under a millisecond


class Direct:
    """Runs SQL as it stands, each statement its own transaction. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._places = threading.BoundedSemaphore(_MOST)
        self._idle: deque[Any] = deque()  # connections of the driver, the one used last on the right

    def sql(self, statement: str) -> str:
        """A statement with `:names`, in the driver's own way of naming parameters."""
        dialect = sqlite.dialect(paramstyle="named") if self.is_sqlite else self._engine.dialect
        return str(text(statement).compile(dialect=dialect))

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self._engine.dialect.name == "sqlite"

    def rows(self, sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """What one SELECT gives.

        Raises:
            DBAPIError: the database refused, or cannot be reached.
        """
        try:
            return self._rows(sql, parameters)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._rows(sql, parameters)  # the connection may have died while it lay idle

    def _rows(self, sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        with self._cursor(sql) as cursor:
            return list(cursor.execute(sql, parameters).fetchall())

    def execute(self, sql: str, parameters: Parameters) -> None:
        """One statement that changes something.

        Raises:
            DBAPIError: as `rows`; nothing was changed.
        """
        with self._cursor(sql) as cursor:
            cursor.execute(sql, parameters)

    def execute_all(self, work: Sequence[tuple[str, Sequence[Parameters]]]) -> None:
        """Several statements, each with many rows of parameters, in one transaction.

        Raises:
            DBAPIError: as `rows`; nothing was changed.
        """
        begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
        with self._cursor(begin) as cursor:
            cursor.execute(begin)
            try:
                for sql, rows in work:
                    cursor.executemany(sql, rows)
                cursor.execute("COMMIT")
            except BaseException:
                with suppress(self._engine.dialect.loaded_dbapi.Error):
                    cursor.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connections."""
        with suppress(IndexError):
            while True:
                _quietly_close(self._idle.pop(), self._engine.dialect.loaded_dbapi.Error)

    @contextmanager
    def _cursor(self, sql: str) -> Iterator[Any]:
        dialect = self._engine.dialect
        errors = dialect.loaded_dbapi.Error
        with self._places:
            connection = self._take()
            try:
                cursor = connection.cursor()
                yield cursor
                cursor.close()
            except errors as error:
                broken = dialect.is_disconnect(error, connection, None)
                if broken:
                    self.close()  # the others, too, are of a server that went away
                _quietly_close(connection, errors)
                begin = " ".join(sql.split())[:_SHOWN]
                raise DBAPIError.instance(
                    begin, None, error, errors, True, connection_invalidated=broken, dialect=dialect
                ) from error
            except BaseException:
                _quietly_close(connection, errors)
                raise
            self._idle.append(connection)

    def _take(self) -> Any:
        with suppress(IndexError):
            return self._idle.pop()
        dialect = self._engine.dialect
        errors = dialect.loaded_dbapi.Error
        try:
            fairy = self._engine.raw_connection()
        except errors as error:  # which comes as the driver's own
            raise DBAPIError.instance(
                "connect", None, error, errors, True, connection_invalidated=True, dialect=dialect
            ) from error
        fairy.detach()  # it is ours now, and the pool's places stay free for others
        connection: Any = fairy.dbapi_connection
        if not self.is_sqlite:
            connection.autocommit = True
        return connection


def _quietly_close(connection: Any, errors: type[Exception]) -> None:
    with suppress(errors):
        connection.close()
