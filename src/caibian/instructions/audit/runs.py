"""Long runs of words that texts of two splits share: hashed a block at a time, held-out splits first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.audit.likeness import Likeness
from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.texts import COLUMNS, compared
from caibian.instructions.labelled.leaks import NGRAM
from caibian.progress import Task
from caibian.similarity import ngram_hashes

Hashes = NDArray[np.uint64]
Mask = NDArray[np.bool_]


class SharedRuns:
    """Which texts of one split share a run of NGRAM tokens with a text of another.

    Only the runs of held-out splits are kept in memory, eight bytes each; training passes by.
    """

    def __init__(self, examples: Examples, alike: Likeness, task: Task | None = None) -> None:
        self._examples, self._alike, self._task = examples, alike, task

    def find(self, left: int, rights: tuple[int, ...]) -> list[tuple[Mask, Mask]]:
        """For each split of `rights`: which texts of `left` share a run with it, and which of its own do with `left`.

        Masks have the shape (texts,).
        """
        of_right = [self._all(split) for split in rights]
        flags = [(self._none(), self._none()) for _ in rights]
        shared: list[list[Hashes]] = [[np.empty(0, dtype=np.uint64)] for _ in rights]
        for text, hashes in self._runs(left):
            for known, (own, _), hits in zip(of_right, flags, shared, strict=True):
                found = _among(hashes, known)
                own[text[found]] = True
                hits.append(np.unique(hashes[found]))
        for split, (_, theirs), hits in zip(rights, flags, shared, strict=True):
            known = np.unique(np.concatenate(hits))
            if len(known):
                for text, hashes in self._runs(split):
                    theirs[text[_among(hashes, known)]] = True
        return flags

    def _none(self) -> Mask:
        return np.zeros(len(self._alike.first), dtype=bool)

    def _all(self, split: int) -> Hashes:
        """The different runs of one split, sorted."""
        parts = [np.unique(hashes) for _, hashes in self._runs(split)]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)

    def _runs(self, split: int) -> Iterator[tuple[NDArray[np.int64], Hashes]]:
        """The number of the text and the hash of each run, block by block."""
        for block in self._examples.blocks(COLUMNS, (split,)):
            hashes, owner = ngram_hashes(compared(block.table), NGRAM)
            yield self._alike.text[block.rows][owner], hashes
            if self._task is not None:
                self._task.advance(block.table.num_rows)


def _among(hashes: Hashes, known: Hashes) -> Mask:
    """Which hashes are among sorted ones."""
    if not len(known):
        return np.zeros(len(hashes), dtype=bool)
    place = np.searchsorted(known, hashes)
    return np.asarray(known[np.minimum(place, len(known) - 1)] == hashes)
