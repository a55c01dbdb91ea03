"""Every example as a few numbers: codes of its names, digests of its texts, its lengths. About 60 bytes each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.texts import Digests, compared, digest, digests
from caibian.instructions.labelled.rows import SPLITS
from caibian.progress import Task

_READ = ("id", "instruction", "input", "output", "card", "dataset", "language", "split", "source_ids")
_SEPARATOR = 2  # the blank line between instruction and input


@dataclass
class Names:
    """Names that repeat themselves, as codes in the order of their first appearance."""

    places: dict[str, int] = field(default_factory=dict)

    def codes(self, column: pa.ChunkedArray) -> NDArray[np.int32]:
        """The code of each value; new values get the next ones."""
        encoded = pc.dictionary_encode(column.combine_chunks())
        own = [self.places.setdefault(value, len(self.places)) for value in encoded.dictionary.to_pylist()]
        return np.array(own, dtype=np.int32)[encoded.indices.to_numpy()]


@dataclass
class Columns:
    """Numbers about all examples; arrays have the shape (examples,)."""

    split: NDArray[np.int8]  # place in SPLITS, by file
    card: NDArray[np.int32]
    dataset: NDArray[np.int32]
    language: NDArray[np.int32]
    identity: Digests
    instruction: Digests
    text: Digests  # of `texts.compared`
    output: Digests
    prompt_characters: NDArray[np.int32]  # instruction, blank line and input
    output_characters: NDArray[np.int32]
    cards: list[str]  # by code
    datasets: list[str]
    languages: list[str]
    source: Digests  # one for each (example, source id)
    source_row: NDArray[np.int64]  # the example that it is of
    misfiled: int = 0  # examples whose column `split` is not that of their file

    def __len__(self) -> int:
        return len(self.split)


def read_columns(examples: Examples, task: Task | None = None) -> Columns:
    """One pass over all files."""
    cards, datasets, languages = Names(), Names(), Names()
    parts: dict[str, list[NDArray[np.generic]]] = {}
    misfiled = 0
    for block in examples.blocks(_READ):
        table = block.table
        said = pc.and_(pc.not_equal(table["split"], ""), pc.not_equal(table["split"], SPLITS[block.split]))
        misfiled += pc.sum(said).as_py() or 0
        length = {name: _length(table[name]) for name in ("instruction", "input", "output")}
        own = {
            "split": np.full(table.num_rows, block.split, dtype=np.int8),
            "card": cards.codes(table["card"]),
            "dataset": datasets.codes(table["dataset"]),
            "language": languages.codes(table["language"]),
            "identity": digests(table["id"]),
            "instruction": digests(table["instruction"]),
            "text": np.array([digest(text) for text in compared(table)], dtype=np.uint64),
            "output": digests(table["output"]),
            "prompt_characters": length["instruction"] + length["input"] + _SEPARATOR * (length["input"] > 0),
            "output_characters": length["output"],
            **_sources(table["source_ids"], block.start),
        }
        for name, array in own.items():
            parts.setdefault(name, []).append(array)
        if task is not None:
            task.advance(table.num_rows)
    arrays = {name: np.concatenate(found) for name, found in parts.items()}
    return Columns(
        **arrays,
        cards=[*cards.places],
        datasets=[*datasets.places],
        languages=[*languages.places],
        misfiled=misfiled,
    )


def _length(column: pa.ChunkedArray) -> NDArray[np.int32]:
    return np.asarray(pc.utf8_length(column).to_numpy(), dtype=np.int32)


def _sources(column: pa.ChunkedArray, start: int) -> dict[str, NDArray[np.generic]]:
    lists = column.combine_chunks()
    count = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(start, start + len(count)), count.astype(np.int64))
    flat = pc.fill_null(pa.chunked_array([pc.list_flatten(lists)], pa.string()), "")
    return {"source": digests(flat), "source_row": rows.astype(np.int64)}
