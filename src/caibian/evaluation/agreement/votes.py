"""Rankings as arrays: who placed which system where, and which of two systems each preferred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caibian.evaluation.comparison import EMPTY
from caibian.records import Ranking

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CELLS = 1 << 23  # preferences compared at a time: 8 MB of bytes, their products as much again


@dataclass(frozen=True)
class Votes:
    """Rankings, sorted by item; an item is one example, a rater an expert or a judge."""

    examples: tuple[str, ...]
    raters: tuple[str, ...]
    systems: tuple[str, ...]
    item: Ints  # (rankings,)
    rater: Ints  # (rankings,)
    places: Floats  # (rankings, systems): 1 for the best of those ranked, NaN for those not ranked

    def __len__(self) -> int:
        return len(self.item)

    def of(self, keep: NDArray[np.bool_]) -> Votes:
        """Only the items that `keep` marks, numbered anew."""
        number = np.cumsum(keep) - 1
        rows = keep[self.item]
        examples = tuple(name for name, kept in zip(self.examples, keep, strict=True) if kept)
        return Votes(
            examples, self.raters, self.systems, number[self.item[rows]], self.rater[rows], self.places[rows]
        )

    def without(self, rater: int) -> Votes:
        """All rankings but those of one rater; the items stay."""
        rows = self.rater != rater
        return Votes(
            self.examples, self.raters, self.systems, self.item[rows], self.rater[rows], self.places[rows]
        )

    @cached_property
    def raters_of_item(self) -> Ints:
        """How many rankings each item has."""
        return np.bincount(self.item, minlength=len(self.examples))

    @cached_property
    def preferred(self) -> NDArray[np.int8]:
        """(rankings, pairs of systems): 1 where the first of a pair is the better, -1 the second, 0 not both ranked."""
        first, second = np.triu_indices(len(self.systems), 1)
        with np.errstate(invalid="ignore"):
            sign = np.sign(self.places[:, second] - self.places[:, first])
        return np.nan_to_num(sign).astype(np.int8)

    @cached_property
    def common_places(self) -> Floats:
        """Places counted among the systems that all raters of the item ranked; NaN elsewhere."""
        ranked = ~np.isnan(self.places)
        share = np.zeros((len(self.examples), len(self.systems)))
        np.add.at(share, self.item, ranked)
        common = (share == self.raters_of_item[:, None])[self.item]
        order = np.argsort(np.argsort(np.where(common, self.places, np.inf), axis=1), axis=1) + 1.0
        return np.where(common, order, np.nan)

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Each two rankings of the same item, once."""
        size = self.raters_of_item
        start = np.cumsum(size) - size
        lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for m in np.unique(size[size > 1]).tolist():
            left, right = np.triu_indices(m, 1)
            begin = start[size == m][:, None]
            lefts.append((begin + left).ravel())
            rights.append((begin + right).ravel())
        return np.concatenate(lefts), np.concatenate(rights)


def concordant(one: Votes, left: Ints, other: Votes, right: Ints) -> tuple[Floats, Floats]:
    """For rankings `left` of one and `right` of other: pairs of systems ordered alike less those ordered against each
    other, and all pairs that both ordered. Both have the same systems."""
    signed, both = np.empty(len(left)), np.empty(len(left))
    for rows in blocks(len(left), one.preferred.shape[1]):
        product = one.preferred[left[rows]] * other.preferred[right[rows]]
        signed[rows] = product.sum(axis=1, dtype=np.int64)
        both[rows] = np.abs(product).sum(axis=1, dtype=np.int64)
    return signed, both


def per_item(item: Ints, values: ArrayLike, items: int) -> Floats:
    """Sums of values over the rows of each item."""
    return np.bincount(item, np.asarray(values, dtype=np.float64), minlength=items).astype(np.float64)


def blocks(rows: int, width: int) -> Iterator[slice]:
    """Slices of rows whose preferences are compared at a time, so that memory stays small."""
    step = max(1, _CELLS // max(1, width))
    return (slice(start, start + step) for start in range(0, rows, step))


def as_votes(
    rankings: Sequence[Ranking], systems: Sequence[str], examples: Sequence[str] | None = None
) -> Votes:
    """Rankings as arrays; the empty answer is left out, for everybody puts it last.

    examples: the items, in order of their ids; rankings of others are left out. None: those that were ranked.
    """
    rankings = sorted(rankings, key=lambda ranking: (ranking.example_id, ranking.judge, ranking.repeat))
    if examples is None:
        examples = sorted({ranking.example_id for ranking in rankings})
    else:
        wanted = set(examples)
        rankings = [ranking for ranking in rankings if ranking.example_id in wanted]
    raters = sorted({ranking.judge for ranking in rankings})
    item_of = {name: number for number, name in enumerate(examples)}
    rater_of = {name: number for number, name in enumerate(raters)}
    column = {name: number for number, name in enumerate(systems)}
    places = np.full((len(rankings), len(systems)), np.nan)
    for row, ranking in enumerate(rankings):
        order = [column[system] for system in ranking.order if system != EMPTY]
        places[row, order] = np.arange(1, len(order) + 1)
    item = np.array([item_of[ranking.example_id] for ranking in rankings], dtype=np.int64)
    rater = np.array([rater_of[ranking.judge] for ranking in rankings], dtype=np.int64)
    return Votes(tuple(examples), tuple(raters), tuple(systems), item, rater, places)


def usable(
    rankings: Sequence[Ranking], *, known: set[str] | None = None
) -> tuple[list[Ranking], list[Ranking], dict[str, int]]:
    """Rankings that hold an order, abstentions, and how many were left out for which reason.

    Of what the same expert said of the same item several times, the last counts; a judge's repeats all do.
    """
    last: dict[tuple[str, str, str, int], Ranking] = {}
    left_out: Counter[str] = Counter()
    for ranking in sorted(rankings, key=_when):
        order = [system for system in ranking.order if system != EMPTY]
        abstained = _abstained(ranking)
        if known is not None and ranking.example_id not in known:
            left_out["unknown_item"] += 1
        elif not abstained and len(set(order)) < len(order):
            left_out["repeats_an_answer"] += 1
        elif not abstained and len(order) < 2:
            left_out["fewer_than_two_answers"] += 1
        else:
            repeat = 0 if ranking.kind == "expert" else ranking.repeat
            key = (ranking.kind, ranking.judge, ranking.example_id, repeat)
            left_out["superseded"] += key in last
            last[key] = ranking
    ordered = [ranking for ranking in last.values() if not _abstained(ranking)]
    return ordered, [ranking for ranking in last.values() if _abstained(ranking)], dict(+left_out)


def _abstained(ranking: Ranking) -> bool:
    return ranking.abstained is not None or not ranking.order


def _when(ranking: Ranking) -> tuple[float, int]:
    return ranking.at.timestamp() if ranking.at else 0.0, ranking.repeat
