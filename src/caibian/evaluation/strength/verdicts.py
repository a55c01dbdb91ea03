"""`Verdicts`: rankings as arrays of who was placed before whom, which every figure of this package is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.comparison import EMPTY
from caibian.records import Ranking

Same = Mapping[str, Mapping[str, Sequence[str]]]
"""Example id -> the system that stood for an answer -> the others that gave the same answer."""

RULES = ("reference", "checks")  # kinds of judges whose repeats of an item are parts of one verdict

Integers = NDArray[np.int64]
NO_PLACE = -1


@dataclass(frozen=True)
class Verdicts:
    """One row a verdict: an order over some of the systems, in which systems of one answer share a place.

    A verdict is one ranking; those that a rule gave to one item, to tell of tied answers one after the other, are
    one verdict together. The empty answer is no system and stands in none of the arrays.
    """

    items: tuple[str, ...]
    systems: tuple[str, ...]
    item: Integers  # (verdicts,) into `items`
    beats: NDArray[np.int8]  # (verdicts, systems, systems): 1 row before column, -1 behind, 0 not told apart
    present: NDArray[np.bool_]  # (verdicts, systems): placed at all
    order_item: Integers  # (orders,) into `items`
    places: Integers  # (orders, systems): places of the strict orders, NO_PLACE for systems outside
    weight: NDArray[np.float64]  # (orders,): the orders of one verdict weigh 1 together

    def per_item(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of verdicts, (verdicts, …), summed over the verdicts of each item."""
        sums = np.zeros((len(self.items), *values.shape[1:]))
        np.add.at(sums, self.item, values)
        return sums

    @property
    def ranks(self) -> NDArray[np.float64]:
        """(verdicts, systems): 1 plus the systems placed before, and half of those not told apart; NaN where absent."""
        return np.where(self.present, 1.0 + self._before + self._level / 2, np.nan)

    @property
    def rank_shares(self) -> NDArray[np.float64]:
        """(verdicts, systems, ranks): each verdict shares each rank out among the systems that may claim it."""
        at = np.arange(len(self.systems))
        first = self._before[..., None]
        claims = (at >= first) & (at <= first + self._level[..., None]) & self.present[..., None]
        return claims / (1.0 + self._level[..., None])

    @property
    def _before(self) -> Integers:
        return (self.beats == -1).sum(axis=2)

    @property
    def _level(self) -> Integers:
        both = self.present[:, :, None] & self.present[:, None, :]
        return ((self.beats == 0) & both).sum(axis=2) - self.present


def verdicts(rankings: Sequence[Ranking], systems: Sequence[str], same: Same | None = None) -> Verdicts:
    """The orders of one or more judges over `systems`; abstentions and other systems are left out.

    same: systems whose answers were shown as one. They share its place, and no pair is made of them.
    """
    column = {system: at for at, system in enumerate(systems)}
    items: dict[str, int] = {}
    units: dict[tuple[str, str, int], int] = {}
    unit_of, item_of, rows, weights = [], [], [], []
    order_item, order_places = [], []
    for ranking in rankings:
        twins = (same or {}).get(ranking.example_id, {})
        groups = _groups(ranking.order, twins, column)
        if ranking.abstained is not None or sum(map(len, groups)) < 2:
            continue
        item = items.setdefault(ranking.example_id, len(items))
        part = 0 if ranking.kind in RULES else ranking.repeat
        unit_of.append(units.setdefault((ranking.judge, ranking.example_id, part), len(units)))
        item_of.append(item)
        rows.append(_row([list(group) for group in groups], len(column)))
        # A strict order holds one member of each group; together such orders hold every member.
        variants = max(map(len, groups))
        for k in range(variants):
            order_places.append(_row([[group[k % len(group)]] for group in groups], len(column)))
            order_item.append(item)
            weights.append((len(unit_of) - 1, 1.0 / variants))
    return _assemble(tuple(items), tuple(systems), unit_of, item_of, rows, order_item, order_places, weights)


def _groups(
    order: Sequence[str], twins: Mapping[str, Sequence[str]], column: Mapping[str, int]
) -> list[list[int]]:
    """The columns at each place; those beside the empty answer come with it, itself it has no column."""
    named = set(order)
    groups = [[name, *(twin for twin in twins.get(name, ()) if twin not in named)] for name in order]
    found = [[column[name] for name in group if name != EMPTY and name in column] for group in groups]
    return [group for group in found if group]


def _row(groups: Sequence[Sequence[int]], width: int) -> list[int]:
    row = [NO_PLACE] * width
    for place, group in enumerate(groups):
        for at in group:
            row[at] = place
    return row


def _assemble(
    items: tuple[str, ...],
    systems: tuple[str, ...],
    unit_of: list[int],
    item_of: list[int],
    rows: list[list[int]],
    order_item: list[int],
    order_places: list[list[int]],
    weights: list[tuple[int, float]],
) -> Verdicts:
    n = len(systems)
    unit = np.array(unit_of, dtype=np.int64)
    count = int(unit.max()) + 1 if len(unit) else 0
    places = np.array(rows, dtype=np.int64).reshape(len(rows), n)
    placed = places != NO_PLACE
    both = placed[:, :, None] & placed[:, None, :]
    won = np.where(both, np.sign(places[:, None, :] - places[:, :, None]), 0)
    beats = np.zeros((count, n, n), dtype=np.int64)
    np.add.at(beats, unit, won)
    present = np.zeros((count, n), dtype=bool)
    np.logical_or.at(present, unit, placed)
    item = np.zeros(count, dtype=np.int64)
    item[unit] = item_of
    parts = np.bincount(unit, minlength=count)  # rankings of each verdict
    of_ranking = np.array([at for at, _ in weights], dtype=np.int64)
    share = np.array([weight for _, weight in weights])
    return Verdicts(
        items=items,
        systems=systems,
        item=item,
        beats=np.sign(beats).astype(np.int8),
        present=present,
        order_item=np.array(order_item, dtype=np.int64),
        places=np.array(order_places, dtype=np.int64).reshape(len(order_places), n),
        weight=share / parts[unit[of_ranking]] if len(unit) else share,
    )
