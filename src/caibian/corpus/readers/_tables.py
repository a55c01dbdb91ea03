"""Readers of tables: JSON lines, CSV and Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caibian.corpus.config import SourceConfig
from caibian.corpus.readers._columns import BatchBuilder, find_columns
from caibian.corpus.readers._encoding import MAX_LINE, encoding_of, lines, open_bytes
from caibian.corpus.rows import RawBatch
from caibian.errors import InputError

_DELIMITERS = ",\t;|"


def read_jsonl(path: Path, file: str, source: SourceConfig, rows: int) -> Iterator[RawBatch]:
    """One JSON object per line; a `.json` file may also be one array of objects.

    Broken lines and lines above 4 million characters are counted with their numbers.
    """
    builder = BatchBuilder(file, source.fields, source.join, rows)
    encoding = encoding_of(path, source.encoding)
    if ".json" in path.suffixes and _opens_an_array(path, encoding):
        yield from _read_array(path, file, encoding, builder)
        return
    for number, line in lines(path, encoding):
        if line is None:
            builder.problems.add("line_too_long", file, f"line {number}")
        elif line.strip():
            record = _object(line)
            if record is None:
                builder.problems.add("broken_line", file, f"line {number}")
            else:
                yield from builder.add(f"line {number}", record, len(line))
    yield from builder.finish()


def _object(line: str) -> dict[str, Any] | None:
    """The JSON object of a line, or None where there is none."""
    try:
        record = json.loads(line)
        if "\\u" in line:  # escapes can spell half a surrogate pair, which no text file can hold
            record = json.loads(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _opens_an_array(path: Path, encoding: str) -> bool:
    for _, line in lines(path, encoding):
        if line is None or line.strip():
            return line is not None and line.lstrip().startswith("[")
    return False


def _read_array(path: Path, file: str, encoding: str, builder: BatchBuilder) -> Iterator[RawBatch]:
    try:
        with open_bytes(path) as stream:
            records = json.loads(stream.read().decode(encoding, "replace"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: a broken JSON array ({error}); one object per line reads safer") from error
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            yield from builder.add(f"item {number}", record)
        else:
            builder.problems.add("broken_line", file, f"item {number}")
    yield from builder.finish()


def read_csv(path: Path, file: str, source: SourceConfig, rows: int) -> Iterator[RawBatch]:
    """Comma-, tab-, semicolon- or bar-separated values with a header; quoted cells may hold line breaks.

    Rows with too many or too few cells are counted with their line numbers.
    """
    builder = BatchBuilder(file, source.fields, source.join, rows)
    csv.field_size_limit(MAX_LINE)

    at = 0  # the line being read; csv counts only those it is given

    def texts() -> Iterator[str]:
        nonlocal at
        for at, line in lines(path, encoding_of(path, source.encoding)):
            if line is None:
                builder.problems.add("line_too_long", file, f"line {at}")
            else:
                yield line + "\n"

    feed = texts()
    first = next((line for line in feed if line.strip()), None)
    if first is None:
        return
    header = next(csv.reader([first], delimiter=(delimiter := max(_DELIMITERS, key=first.count))))
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            builder.problems.add("broken_line", file, f"line {at}")
            continue
        if cells is None:
            break
        if not any(cells):
            continue
        place = f"line {at}"
        if len(cells) != len(header):
            builder.problems.add("broken_line", file, place)
        else:
            record = dict(zip(header, (cell or None for cell in cells), strict=True))
            yield from builder.add(place, record, sum(map(len, cells)))
    yield from builder.finish()


def read_parquet(path: Path, file: str, source: SourceConfig, rows: int) -> Iterator[RawBatch]:
    """Parquet of any column types, one batch of rows in memory at a time.

    Raises:
        InputError: it is no Parquet file, or a damaged one.
    """
    try:
        with pq.ParquetFile(path) as parquet:
            columns = find_columns(source.fields, parquet.schema_arrow.names, file)
            builder = BatchBuilder(file, source.fields, source.join, rows)
            number = 0
            for batch in parquet.iter_batches(batch_size=rows, columns=columns.wanted):
                for row in batch.to_pylist():
                    number += 1
                    yield from builder.add(f"row {number}", row)
            yield from builder.finish()
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{file}: not a readable Parquet file ({error})") from error
