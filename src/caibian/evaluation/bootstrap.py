"""Percentile-bootstrap intervals for figures that are functions of sums over items.

Means, ratios of totals, macro-F1 and corpus chrF are all such functions, so one resample is one product of
item counts with item rows, and two thousand of them are one matrix product. Every figure of a card is
resampled with the *same* counts, which makes a difference of two figures a paired one.

Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; paired over test items as in
Koehn, Statistical Significance Tests for Machine Translation Evaluation (2004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_BLOCK_CELLS = 4_000_000  # resamples x items held as float64 at a time: 32 MB


@dataclass(frozen=True)
class Figure:
    """A figure over items: `finish` turns sums of the items' `rows` into the value.

    rows: (items, k). finish: (..., k) -> (...); NaN where the sums leave the figure undefined.
    """

    rows: Floats
    finish: Callable[[Floats], Floats]

    @cached_property
    def value(self) -> float:
        """The figure over all items, each counted once; NaN where undefined."""
        return float(self.finish(self.rows.sum(axis=0)))


def ratio(numerators: ArrayLike, denominators: ArrayLike) -> Figure:
    """Total of `numerators` over total of `denominators`; undefined where the latter is 0."""
    rows = np.stack([np.asarray(numerators, float), np.asarray(denominators, float)], axis=1)
    return Figure(rows, _divide_first_by_second)


def mean(values: ArrayLike) -> Figure:
    """The mean of one value per item."""
    values = np.asarray(values, float)
    return ratio(values, np.ones_like(values))


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends of its interval; NaN where undefined."""

    value: float
    low: float
    high: float

    def json(self) -> dict[str, float | None]:
        """The three numbers for a JSON file, which knows no NaN."""
        return {
            name: None if np.isnan(number) else round(number, 6)
            for name, number in (("value", self.value), ("low", self.low), ("high", self.high))
        }

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0


class Bootstrap:
    """Resamples of `items` test items, drawn once with `seed` and used for every figure over them."""

    def __init__(self, items: int, *, resamples: int = 2000, confidence: float = 0.95, seed: int = 0) -> None:
        if items <= 0:
            raise ValueError(f"a bootstrap needs at least one item, got {items}")
        counts = np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=resamples)
        # A count seldom passes 20; 16 bits keep 2,000 resamples of 10,000 items in 40 MB.
        self._counts = counts.astype(np.uint16 if items < 2**16 else np.uint32)
        self._ends = ((1 - confidence) / 2, (1 + confidence) / 2)

    def interval(self, figure: Figure) -> Interval:
        """A figure with its interval."""
        return self._interval(figure.value, self._resampled(figure))

    def intervals(self, rows: Floats, finish: Callable[[Floats], Floats]) -> list[Interval]:
        """Several figures that come out of the same sums at once: `finish` is (..., k) -> (..., figures).

        For figures that share costly work, such as the strengths of one fitted model.
        """
        resampled = self._resampled(Figure(rows, finish))
        values = finish(rows.sum(axis=0))
        return [self._interval(float(v), resampled[:, at]) for at, v in enumerate(values)]

    def difference(self, after: Figure, before: Figure) -> Interval:
        """`after - before` over the same items, with the paired interval."""
        return self._interval(after.value - before.value, self._resampled(after) - self._resampled(before))

    def _resampled(self, figure: Figure) -> Floats:
        if len(figure.rows) != self._counts.shape[1]:
            raise ValueError(f"figure over {len(figure.rows)} items, bootstrap over {self._counts.shape[1]}")
        return np.concatenate([figure.finish(block @ figure.rows) for block in self._blocks()])

    def _blocks(self) -> Iterator[Floats]:
        resamples, items = self._counts.shape
        step = max(1, _BLOCK_CELLS // items)
        for start in range(0, resamples, step):
            yield self._counts[start : start + step].astype(np.float64)

    def _interval(self, value: float, resampled: Floats) -> Interval:
        defined = resampled[~np.isnan(resampled)]
        if np.isnan(value) or not len(defined):
            return Interval(value, np.nan, np.nan)
        low, high = np.quantile(defined, self._ends)
        return Interval(value, float(low), float(high))


def _divide_first_by_second(sums: Floats) -> Floats:
    total, count = sums[..., 0], sums[..., 1]
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
