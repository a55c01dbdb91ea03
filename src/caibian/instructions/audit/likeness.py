"""Which texts are near-duplicates of each other, over all splits that are learnt from or tested on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.audit.columns import Columns
from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.texts import COLUMNS, compared
from caibian.instructions.labelled.leaks import THRESHOLD
from caibian.instructions.labelled.rows import EXTRA
from caibian.progress import Task
from caibian.similarity import cluster_signatures, minhash_signatures

_SIGNATURE = 128  # uint32 a text, half a kilobyte: what memory goes by
_LANES = (0, 1, 2)  # train, validation, test; what is kept aside is neither learnt from nor asked


@dataclass(frozen=True)
class Likeness:
    """The different texts of train, validation and test, and the groups of those that are near-duplicates.

    Attributes:
        text: the number of each example's text, -1 for examples kept aside; shape (examples,).
        first: the first example of each text; shape (texts,).
        cluster: equal numbers are near-duplicates, directly or through others; shape (texts,).
    """

    text: NDArray[np.int64]
    first: NDArray[np.int64]
    cluster: NDArray[np.int64]

    def texts_of(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which texts some examples have, given as a mask over all examples; shape (texts,)."""
        found = np.zeros(len(self.first), dtype=bool)
        found[self.text[rows]] = True
        return found

    def rows_with(self, rows: NDArray[np.bool_], texts: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The numbers of those examples of a mask that have one of some texts."""
        numbers = np.flatnonzero(rows)
        return numbers[texts[self.text[numbers]]]


def find_alike(examples: Examples, columns: Columns, task: Task | None = None) -> Likeness:
    """Signatures of all different texts, and their clusters.

    The threshold and the signatures are those by which the instructions stage keeps splits apart.
    """
    rows = np.flatnonzero(columns.split != EXTRA)
    _, first, inverse = np.unique(columns.text[rows], return_index=True, return_inverse=True)
    text = np.full(len(columns), -1, dtype=np.int64)
    text[rows] = inverse
    first = rows[first]
    chosen = np.zeros(len(columns), dtype=bool)
    chosen[first] = True
    signatures = np.empty((len(first), _SIGNATURE), dtype=np.uint32)
    for block in examples.blocks(COLUMNS, _LANES):
        own = np.flatnonzero(chosen[block.rows])
        if len(own):
            signatures[text[block.start + own]] = minhash_signatures(compared(block.table.take(own)))
        if task is not None:
            task.advance(block.table.num_rows)
    return Likeness(text, first, cluster_signatures(signatures, THRESHOLD))
