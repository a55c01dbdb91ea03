"""Writing a backup."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from caibian.errors import ConfigError, InputError
from caibian.storage.backup.read import Manifest
from caibian.storage.backup.shape import FORMAT, kept_tables, packed, plain_table
from caibian.storage.database import Database
from caibian.storage.migrations import current_revision

_ROWS_AT_ONCE = 500  # held in memory


def write_backup(database: Database, path: Path) -> Manifest:
    """Write everything, as it is at one moment, into a new file that only its owner can read.

    The service may run meanwhile: neither waits for the other.

    Raises:
        ConfigError: the file exists already, or cannot be written.
        InputError: the database is damaged; nothing was written.
    """
    if path.exists():
        raise ConfigError(f"{path}: exists already; a backup never replaces a file, name another one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Open to its owner alone from the first byte: it holds password hashes and unpublished texts.
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as raw:
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as stream:
                    manifest = _write(database, stream)
                raw.flush()
                os.fsync(raw.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror or error})") from error
    return manifest


def _write(database: Database, stream: gzip.GzipFile) -> Manifest:
    sqlite = database.engine.dialect.name == "sqlite"
    engine = (
        database.engine if sqlite else database.engine.execution_options(isolation_level="REPEATABLE READ")
    )
    digest, rows, tables = hashlib.sha256(), {}, kept_tables()

    def line(value: Any) -> None:
        content = (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
        digest.update(content)
        stream.write(content)

    made_at = database.clock()
    try:
        with engine.connect() as connection, connection.begin():
            if sqlite:
                _check(connection)
            schema = current_revision(connection)
            line(
                {
                    "caibian": "backup",
                    "format": FORMAT,
                    "schema": schema,
                    "made_at": made_at.isoformat(),
                    "from": connection.dialect.name,
                    "tables": tables,
                }
            )
            for name, columns in tables.items():
                line({"table": name})
                table, rows[name] = plain_table(name, columns), 0
                found = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
                for row in found:
                    line(packed(row, columns))
                    rows[name] += 1
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise InputError(
            f"the database could not be read to its end ({reason}); no backup was written"
        ) from error
    sha256 = digest.hexdigest()
    stream.write((json.dumps({"rows": rows, "sha256": sha256}) + "\n").encode())
    return Manifest(FORMAT, str(schema), made_at, connection.dialect.name, tables, rows, sha256)


def _check(connection: Connection) -> None:
    """SQLite's own check of every page and index: a copy of a damaged file would be found out only when it is needed."""
    found = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    if found != "ok":
        raise InputError(f"the database file is damaged ({found}); no backup was written")
