"""The examples of a folder, read a block at a time: a million of them are no more in memory than a thousand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from caibian.errors import InputError
from caibian.instructions.labelled.rows import SPLITS, TRAIN
from caibian.records import EXAMPLE_SCHEMA, Example, from_table

Places = NDArray[np.int64]  # numbers of examples, over all files in the order of SPLITS

_BLOCK = 1 << 13  # examples read at once: about 30 MB of long news
_REQUIRED = ("id", "instruction", "input", "output", "card", "dataset", "language")


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of one file."""

    start: int  # the number of the first row, over all files
    split: int  # place in SPLITS, by the file's name: it is what training reads
    table: pa.Table  # the columns asked for, as EXAMPLE_SCHEMA has them

    @property
    def rows(self) -> slice:
        """Where the rows stand in an array over all examples."""
        return slice(self.start, self.start + self.table.num_rows)


class Examples:
    """The examples in `train.parquet` and whichever of the other splits' files stand beside it.

    Raises:
        InputError: there is no train.parquet, a file is unreadable or lacks a column that every example has, or there is
            no example.
    """

    def __init__(self, folder: Path) -> None:
        self._files: list[tuple[int, Path, int]] = []
        for split, name in enumerate(SPLITS):
            path = folder / f"{name}.parquet"
            if path.is_file():
                self._files.append((split, path, _length(path)))
        if not any(split == TRAIN for split, _, _ in self._files):
            raise InputError(
                f"{folder}: no {SPLITS[TRAIN]}.parquet; name a run directory, or a folder of examples as "
                "`caibian instruct build` writes it"
            )
        if not len(self):
            raise InputError(f"{folder}: no example in {', '.join(path.name for _, path, _ in self._files)}")

    def __len__(self) -> int:
        return sum(count for _, _, count in self._files)

    @property
    def counts(self) -> dict[str, int]:
        """Examples in each file that is there, by split."""
        return {SPLITS[split]: count for split, _, count in self._files}

    def blocks(self, columns: Sequence[str], splits: Collection[int] | None = None) -> Iterator[Block]:
        """Some columns of all examples, or of those of some splits; a column that a file lacks is null."""
        start = 0
        for split, path, count in self._files:
            if splits is None or split in splits:
                with pq.ParquetFile(path) as file:
                    there = [name for name in columns if name in file.schema_arrow.names]
                    at = start
                    for batch in file.iter_batches(_BLOCK, columns=there):
                        yield Block(at, split, _conform(batch, columns))
                        at += batch.num_rows
            start += count

    def column(self, name: str, places: Places) -> list[str]:
        """The texts of one column at some places, in their order; nothing for null."""
        texts = [""] * len(places)
        for block, own, order in self._at([name], places):
            for k, text in zip(order.tolist(), block.table[name].take(own).to_pylist(), strict=True):
                texts[k] = text or ""
        return texts

    def take(self, places: Places) -> list[Example]:
        """The examples at some places, in their order; `split` is that of their file."""
        found: dict[int, Example] = {}
        for block, own, order in self._at(EXAMPLE_SCHEMA.names, places):
            split = pa.array([SPLITS[block.split]] * len(order))
            table = block.table.take(own)
            table = table.set_column(table.schema.get_field_index("split"), "split", split)
            found |= zip(order.tolist(), from_table(table, Example), strict=True)
        return [found[k] for k in range(len(places))]

    def _at(
        self, columns: Sequence[str], places: Places
    ) -> Iterator[tuple[Block, pa.Array, NDArray[np.int64]]]:
        """Each block that holds some of the places: the rows in it, and where in `places` they were asked for."""
        order = np.argsort(places, kind="stable")
        ordered = places[order]
        for block in self.blocks(columns):
            first, last = np.searchsorted(ordered, (block.rows.start, block.rows.stop))
            if first < last:
                yield block, pa.array(ordered[first:last] - block.start), order[first:last]


def _length(path: Path) -> int:
    try:
        with pq.ParquetFile(path) as file:
            names, count = file.schema_arrow.names, file.metadata.num_rows
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error})") from error
    if missing := [name for name in _REQUIRED if name not in names]:
        raise InputError(
            f"{path}: no column {missing[0]!r}; examples have the columns {', '.join(_REQUIRED)}; "
            "other layouts are brought in by `caibian instruct import`"
        )
    return int(count)


def _conform(batch: pa.RecordBatch, columns: Sequence[str]) -> pa.Table:
    """The batch with all columns asked for, in the types of EXAMPLE_SCHEMA; no null where it has none."""
    given = dict(zip(batch.schema.names, batch.columns, strict=True))
    table: dict[str, pa.Array] = {}
    for name in columns:
        field = EXAMPLE_SCHEMA.field(name)
        column = given[name].cast(field.type) if name in given else pa.nulls(batch.num_rows, field.type)
        required = pa.types.is_string(field.type) and not field.nullable
        table[name] = pc.fill_null(column, "") if required else column
    return pa.table(table)
