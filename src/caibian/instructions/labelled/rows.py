"""The rows of one dataset on their way to examples: columns, and what became of each row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from caibian.datasets.card import DatasetCard
from caibian.instructions.labelled.config import DatasetSettings
from caibian.tasks import TaskCard

SPLITS = ("train", "validation", "test", "extra")
TRAIN, VALIDATION, TEST, EXTRA = range(4)
OPEN = -1  # a row whose split is ours to draw
WINS = np.array([2, 1, 0, 3])  # by split: who keeps a text that stands on two sides, least first
DEFAULT_WIN = 4  # rows whose split is still open yield to all


@dataclass
class Rows:
    """Rows that are still in, as equally long columns."""

    settings: DatasetSettings
    dataset: DatasetCard
    card: TaskCard
    number: NDArray[np.int64]  # of the row in the file, from 0
    fields: dict[str, pa.Array]  # the task card's input field -> text
    label: NDArray[np.int16]  # place in `labels`; all 0 for a dataset of texts
    output: pa.Array | None  # the published text, for a dataset of texts
    split: NDArray[np.int8]
    labels: list[str]  # the task card's label ids, in the dataset card's order
    key: pa.Array | None = None  # the text folded, all fields of it
    group: NDArray[np.int64] | None = None  # equal numbers stay on one side
    time: NDArray[np.int64] | None = None
    dropped: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)  # "published -> label" -> rows

    def __len__(self) -> int:
        return len(self.number)

    def drop(self, reason: str, gone: NDArray[np.bool_]) -> None:
        """Take rows out and count them."""
        if count := int(gone.sum()):
            self.dropped[reason] += count
            self.keep(~gone)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Go on with the rows of a mask, of shape (rows,)."""
        chosen = pa.array(mask)
        self.number, self.label, self.split = self.number[mask], self.label[mask], self.split[mask]
        self.fields = {name: column.filter(chosen) for name, column in self.fields.items()}
        self.output = self.output.filter(chosen) if self.output is not None else None
        self.key = self.key.filter(chosen) if self.key is not None else None
        self.group = self.group[mask] if self.group is not None else None
        self.time = self.time[mask] if self.time is not None else None


def rank(seed: int, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number for each row that looks drawn but depends on nothing other than seed and row (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) + np.uint64(seed + 1) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
