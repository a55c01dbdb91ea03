"""Many examples into one Parquet file: joined, ordered and written a block at a time, in little memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from caibian.files import atomic_path
from caibian.records import EXAMPLE_SCHEMA

_BLOCK = 1 << 16  # examples written at once

# How examples are held before they are written: what repeats itself as dictionaries, texts with 64-bit offsets.
_NAMES = pa.dictionary(pa.int32(), pa.string())
_HELD = pa.schema(
    [
        pa.field("id", pa.large_string()),
        pa.field("instruction", _NAMES),
        pa.field("input", pa.large_string()),
        pa.field("output", pa.large_string()),
        *(pa.field(name, _NAMES) for name in ("card", "dataset", "language", "split")),
        pa.field("source_id", pa.string()),
        pa.field("source_text", pa.large_string()),
        pa.field("labels", _NAMES),
    ]
)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of examples, in EXAMPLE_SCHEMA or as `labelled.render` makes them, as one."""
    return pa.concat_tables([_held(table) for table in tables]).unify_dictionaries().combine_chunks()


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of names without its dictionary."""
    return column.cast(pa.string())


def write_examples(path: Path, table: pa.Table, places: NDArray[np.int64]) -> None:
    """Write the rows of `joined` at `places`, in that order, as zstd Parquet in EXAMPLE_SCHEMA, atomically."""
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(temporary, EXAMPLE_SCHEMA, compression="zstd") as writer,
    ):
        for start in range(0, max(len(places), 1), _BLOCK):
            writer.write_table(as_examples(table.take(pa.array(places[start : start + _BLOCK]))))


def _held(table: pa.Table) -> pa.Table:
    columns = {name: table[name] for name in table.column_names if name in _HELD.names}
    if "source_ids" in table.column_names:
        columns["source_id"] = pc.binary_join(table["source_ids"].combine_chunks(), "\n")
    if "labels" in columns and pa.types.is_list(columns["labels"].type):
        columns["labels"] = pc.binary_join(pc.fill_null(columns["labels"].combine_chunks(), []), "\n")
    return pa.table(
        {
            field.name: columns[field.name].cast(field.type)
            if field.name in columns
            else pa.nulls(table.num_rows, field.type)
            for field in _HELD
        },
        schema=_HELD,
    )


def as_examples(table: pa.Table) -> pa.Table:
    """Rows of `joined` in EXAMPLE_SCHEMA."""

    def lists(name: str) -> pa.Array:
        texts = pc.fill_null(table[name].cast(pa.string()).combine_chunks(), "")
        parts = pc.split_pattern(texts, "\n")
        return pc.if_else(pc.equal(texts, ""), pa.scalar([], pa.list_(pa.string())), parts)

    columns = {
        "source_ids": lists("source_id"),
        "labels": lists("labels"),
    }
    return pa.table(
        {
            field.name: columns[field.name] if field.name in columns else table[field.name].cast(field.type)
            for field in EXAMPLE_SCHEMA
        },
        schema=EXAMPLE_SCHEMA,
    )
