"""How often a split says the same again: the same text, or nearly the same, under the same card."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.audit.columns import Columns
from caibian.instructions.audit.likeness import Likeness
from caibian.instructions.audit.texts import known_card
from caibian.instructions.labelled.rows import SPLITS, TRAIN

Mask = NDArray[np.bool_]


def duplicates(columns: Columns, alike: Likeness) -> dict[str, Any]:
    """Copies in each split, and in the training examples of each dataset.

    Two cards may ask different things of one text: only examples of one card are copies of each other. A group of k
    copies counts k - 1. `exact` has the same text, `near` a near-duplicate and no exact copy (training only),
    `torn` are all examples of a label card whose text stands in the split with another label as well.
    """
    exact = repeated(columns.split, columns.card, columns.text)
    torn = torn_labels(columns)
    training = np.flatnonzero(columns.split == TRAIN)
    near = np.zeros(len(columns), dtype=bool)
    near[training] = repeated(columns.card[training], alike.cluster[alike.text[training]])
    near &= ~exact
    splits = []
    for code, name in enumerate(SPLITS):
        own = columns.split == code
        if own.any():
            splits.append({"split": name, **_counts(own, exact, near if code == TRAIN else None, torn)})
    datasets = []
    sizes = np.bincount(columns.dataset[training], minlength=len(columns.datasets))
    for code in np.argsort(-sizes, kind="stable"):
        if sizes[code]:
            own = (columns.dataset == code) & (columns.split == TRAIN)
            datasets.append({"dataset": columns.datasets[code], **_counts(own, exact, near, torn)})
    return {"splits": splits, "train": datasets}


def _counts(own: Mask, exact: Mask, near: Mask | None, torn: Mask) -> dict[str, int | None]:
    return {
        "examples": int(own.sum()),
        "exact": int((own & exact).sum()),
        "near": None if near is None else int((own & near).sum()),
        "torn": int((own & torn).sum()),
    }


def repeated(*keys: NDArray[Any]) -> Mask:
    """Which rows have all keys of a row before them; shape (rows,)."""
    order = np.lexsort((np.arange(len(keys[0])), *keys[::-1]))
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    found = np.zeros(len(order), dtype=bool)
    found[order[1:]] = same
    return found


def torn_labels(columns: Columns) -> Mask:
    """Which examples of label cards have an example of the same split, card and text with another output."""
    of_labels = np.array(
        [(one := known_card(name)) is not None and one.output.kind == "label" for name in columns.cards]
    )
    rows = np.flatnonzero(of_labels[columns.card])
    split, card, text = columns.split[rows], columns.card[rows], columns.text[rows]
    order = np.lexsort((columns.output[rows], text, card, split))
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = False
    for key in (split, card, text):
        begins[1:] |= key[order][1:] != key[order][:-1]
    group = np.cumsum(begins) - 1
    output = columns.output[rows][order]
    first = output[np.flatnonzero(begins)][group] if len(rows) else output
    torn_group = np.zeros(int(group[-1]) + 1 if len(rows) else 0, dtype=bool)
    torn_group[group[output != first]] = True
    found = np.zeros(len(columns), dtype=bool)
    found[rows[order]] = torn_group[group] if len(rows) else False
    return found
