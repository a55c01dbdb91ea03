"""Whether what is tested stands in what is learnt: the same input, nearly the same, or a long run of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.audit.columns import Columns
from caibian.instructions.audit.likeness import Likeness
from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.runs import SharedRuns
from caibian.instructions.labelled.leaks import NGRAM, THRESHOLD
from caibian.instructions.labelled.rows import SPLITS, TEST, TRAIN, VALIDATION
from caibian.progress import Task

KINDS = ("exact", "near", "run")
Pair = tuple[int, int]
PAIRS: tuple[Pair, ...] = ((TRAIN, TEST), (VALIDATION, TEST), (TRAIN, VALIDATION))

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Leaks:
    """By kind: which texts of the left split leak into the right one, and which of the right are met in the left.

    `exact`: the same text. `near`: in one cluster of near-duplicates (the same text included). `run`: a run of NGRAM
    tokens in common. Masks have the shape (texts,).
    """

    left: dict[str, Mask]
    right: dict[str, Mask]

    def side(self, name: str, kind: str) -> Mask:
        """The texts of `left` or `right` with a leak of one kind, or of `any`."""
        masks: dict[str, Mask] = getattr(self, name)
        return np.logical_or.reduce([*masks.values()]) if kind == "any" else masks[kind]


def find_leaks(
    examples: Examples, columns: Columns, alike: Likeness, task: Task | None = None
) -> dict[Pair, Leaks]:
    """Leaks between each two of train, validation and test, over all datasets and cards."""
    runs = SharedRuns(examples, alike, task)
    to_test, to_validation = runs.find(TRAIN, (TEST, VALIDATION))
    (within_held_out,) = runs.find(VALIDATION, (TEST,))
    shared = dict(zip(PAIRS, (to_test, within_held_out, to_validation), strict=True))
    return {pair: _leaks(columns, alike, pair, shared[pair]) for pair in PAIRS}


def figures(columns: Columns, alike: Likeness, found: dict[Pair, Leaks]) -> dict[str, Any]:
    """How many examples leak.

    Each kind is counted by itself; `any` has the examples with at least one. Only training examples that give a test
    example away make figures worthless, and only they count as `leaks`.
    """
    pairs = [_counts(columns, alike, pair, leaks) for pair, leaks in found.items()]
    return {
        "threshold": THRESHOLD,
        "ngram": NGRAM,
        "leaks": next(
            one["any"]["left"] for one in pairs if (one["left"], one["right"]) == ("train", "test")
        ),
        "pairs": pairs,
        "datasets": _datasets(columns, alike, found[TRAIN, TEST]),
    }


def _leaks(columns: Columns, alike: Likeness, pair: Pair, run: tuple[Mask, Mask]) -> Leaks:
    left, right = (alike.texts_of(columns.split == split) for split in pair)
    both = left & right
    clusters = [np.isin(alike.cluster, alike.cluster[texts]) for texts in (left, right)]
    near = clusters[0] & clusters[1]
    return Leaks(
        {"exact": both, "near": near & left, "run": run[0]},
        {"exact": both, "near": near & right, "run": run[1]},
    )


def _counts(columns: Columns, alike: Likeness, pair: Pair, leaks: Leaks) -> dict[str, Any]:
    own = {side: columns.split == split for side, split in zip(("left", "right"), pair, strict=True)}
    counted = {
        kind: {side: len(alike.rows_with(rows, leaks.side(side, kind))) for side, rows in own.items()}
        for kind in (*KINDS, "any")
    }
    sizes = {side: int(rows.sum()) for side, rows in own.items()}
    return {"left": SPLITS[pair[0]], "right": SPLITS[pair[1]], "examples": sizes, **counted}


def _datasets(columns: Columns, alike: Likeness, leaks: Leaks) -> list[dict[str, Any]]:
    """By dataset: training examples that leak, and test examples that are met in training; where there is any."""
    counts = [
        np.bincount(
            columns.dataset[alike.rows_with(columns.split == split, leaks.side(side, "any"))],
            minlength=len(columns.datasets),
        )
        for split, side in ((TRAIN, "left"), (TEST, "right"))
    ]
    return [
        {"dataset": name, "train": int(train), "test": int(test)}
        for name, train, test in zip(columns.datasets, *counts, strict=True)
        if train or test
    ]
