"""`Sheet`: one judge's rankings as arrays of seats and places, the answers as the judge saw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.bootstrap import Floats
from caibian.evaluation.comparison import EMPTY
from caibian.records import Ranking

Integers = NDArray[np.int64]
NOT_SHOWN = -1


@dataclass(frozen=True)
class Sheet:
    """One row a ranking; seats and places count the answers that are not empty, from 0."""

    items: tuple[str, ...]
    systems: tuple[str, ...]
    item: Integers  # (rankings,) into `items`
    repeat: Integers
    seat: Integers  # (rankings, systems)
    place: Integers  # (rankings, systems)
    empty_place: Integers  # (rankings,): answers placed before the empty one, NOT_SHOWN where there was none

    @property
    def shown(self) -> Integers:
        """How many answers that are not empty each ranking is of."""
        return (self.seat != NOT_SHOWN).sum(axis=1)

    def per_item(self, rows: Integers, values: NDArray[np.float64]) -> Floats:
        """Values of some rankings (their row numbers) summed over each item."""
        sums = np.zeros((len(self.items), *values.shape[1:]))
        np.add.at(sums, self.item[rows], values)
        return sums

    def pairs(self) -> tuple[Integers, Integers]:
        """(rankings, pairs of systems): which of the pair is placed before, and which sits before: 1 the first of the
        pair, -1 the second, 0 where not both were shown."""
        left, right = np.array(list(combinations(range(len(self.systems)), 2)), dtype=int).reshape(-1, 2).T
        both = (self.seat[:, left] != NOT_SHOWN) & (self.seat[:, right] != NOT_SHOWN)
        wins = np.sign(self.place[:, right] - self.place[:, left])
        sits = np.sign(self.seat[:, right] - self.seat[:, left])
        return np.where(both, wins, 0), np.where(both, sits, 0)


def sheet(rankings: Sequence[Ranking], systems: Sequence[str]) -> Sheet:
    """The rankings that hold an order over what was shown by seat; the others are left out."""
    column = {system: at for at, system in enumerate(systems)}
    n = len(column)
    items: dict[str, int] = {}
    item, repeat, seats, places, empty = [], [], [], [], []
    for one in rankings:
        if one.abstained is not None or len(one.shown) < 2 or len(one.order) != len(one.shown):
            continue
        item.append(items.setdefault(one.example_id, len(items)))
        repeat.append(one.repeat)
        seats.append(_row(one.shown, column, n))
        places.append(_row(one.order, column, n))
        empty.append(one.order.index(EMPTY) if EMPTY in one.order else NOT_SHOWN)
    return Sheet(
        items=tuple(items),
        systems=tuple(systems),
        item=np.array(item, dtype=np.int64),
        repeat=np.array(repeat, dtype=np.int64),
        seat=np.array(seats, dtype=np.int64).reshape(len(seats), n),
        place=np.array(places, dtype=np.int64).reshape(len(places), n),
        empty_place=np.array(empty, dtype=np.int64),
    )


def _row(names: Sequence[str], column: dict[str, int], n: int) -> list[int]:
    row = [NOT_SHOWN] * n
    at = 0
    for name in names:
        if name in column:
            row[column[name]] = at
            at += 1
    return row
