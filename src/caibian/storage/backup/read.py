"""Reading a backup, checked from its first line to its last."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from caibian.errors import InputError
from caibian.storage.backup.shape import FORMAT, LEFT_OUT, Columns, known_kind, unpacked

_MOST_LINE = 64 << 20  # bytes; a draft's text is a hundredth of it


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of."""

    format: int
    schema: str  # the migration that its tables are of
    made_at: datetime
    database: str  # sqlite or postgresql
    tables: Mapping[str, Columns]
    rows: Mapping[str, int]  # by table
    sha256: str  # of its content


def read_manifest(path: Path) -> Manifest:
    """What a file holds, after all of it was read and found whole.

    Raises:
        InputError: it is no backup, damaged, cut short, or of a newer version.
    """
    digest, rows, tail = hashlib.sha256(), {}, None
    with _lines(path) as lines:
        first = next(lines, b"")
        head = _head(path, first)
        digest.update(first)
        table = ""
        for line in lines:
            if tail is not None:
                raise _damaged(path, "it goes on after its end")
            value = _parsed(path, line)
            if isinstance(value, dict) and "sha256" in value:
                tail = value
                continue
            digest.update(line)
            if isinstance(value, dict):
                table = str(value.get("table"))
                if table not in head["tables"] or table in rows:
                    raise _damaged(path, f"table {table!r} stands in it unasked or twice")
                rows[table] = 0
            elif table:
                rows[table] += 1
            else:
                raise _damaged(path, "rows before the first table")
    if tail is None:
        raise _damaged(path, "it ends too early")
    if tail["sha256"] != digest.hexdigest() or tail.get("rows") != rows:
        raise _damaged(path, "its content is not what was written")
    return Manifest(
        format=head["format"],
        schema=head["schema"],
        made_at=datetime.fromisoformat(head["made_at"]),
        database=head["from"],
        tables={name: [(one[0], one[1]) for one in columns] for name, columns in head["tables"].items()},
        rows=rows,
        sha256=tail["sha256"],
    )


def read_rows(path: Path, manifest: Manifest) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row with the name of its table, in the order of the file.

    Raises:
        InputError: a value is not of its column's kind, or the file is not the one that was read before.
    """
    digest, table = hashlib.sha256(), ""
    with _lines(path) as lines:
        digest.update(next(lines, b""))
        for line in lines:
            value = _parsed(path, line)
            if isinstance(value, dict) and "sha256" in value:
                break
            digest.update(line)
            if isinstance(value, dict):
                table = value["table"]
                continue
            try:
                yield table, unpacked(value, manifest.tables[table])
            except (ValueError, TypeError, KeyError) as error:
                raise _damaged(path, f"a row of {table} does not fit ({error})") from error
    if digest.hexdigest() != manifest.sha256:
        raise _damaged(path, "it was changed while it was read")


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[bytes]]:
    try:
        with gzip.open(path, "rb") as stream:
            yield iter(lambda: stream.readline(_MOST_LINE), b"")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _damaged(path, f"it cannot be unpacked: {error}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def _head(path: Path, line: bytes) -> dict[str, Any]:
    head = _parsed(path, line)
    if not isinstance(head, dict) or head.get("caibian") != "backup":
        raise InputError(f"{path}: is no backup of Caibian")
    if head.get("format") != FORMAT:
        raise InputError(
            f"{path}: written by a newer Caibian (format {head.get('format')}, this one knows {FORMAT}); "
            "install the newer version: pip install -U caibian"
        )
    try:
        datetime.fromisoformat(head["made_at"])
        whole = all(
            name.isidentifier()
            and name not in LEFT_OUT
            and all(column.isidentifier() and known_kind(kind) for column, kind in columns)
            for name, columns in head["tables"].items()
        )
        whole = whole and isinstance(head["schema"], str) and isinstance(head["from"], str)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, "its head is incomplete") from error
    if not whole:
        raise _damaged(path, "its head names what cannot be restored")
    return head


def _parsed(path: Path, line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "a line is no JSON") from error


def _damaged(path: Path, what: str) -> InputError:
    return InputError(f"{path}: no whole backup ({what}); nothing was changed, take another copy of it")
