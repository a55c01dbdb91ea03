"""Kendall's coefficient of concordance W, of one item and of many at once.

Kendall and Babington Smith, The Problem of m Rankings (1939); correction for ties as in Kendall, Rank Correlation
Methods (1948), chapter 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]


def kendall_w(scores: ArrayLike) -> float:
    """W of a table of raters (rows) who ranked or scored the same objects (columns), corrected for ties.

    1 where all orders are the same, 0 where the sums of ranks are all equal; m orders drawn at random give 1/m on
    average. Tied scores share the mean of their ranks. NaN for fewer than two raters or objects, or where every rater
    tied all.

    Raises:
        ValueError: the table has not two dimensions, or a score is missing.
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or np.isnan(table).any():
        raise ValueError("scores must be a whole table of raters and objects")
    raters, objects = table.shape
    if raters < 2 or objects < 2:
        return float("nan")
    ranks = rankdata(table, axis=1)
    sums = ranks.sum(axis=0)
    deviation = ((sums - sums.mean()) ** 2).sum()
    ties = sum(
        ((counts**3 - counts).sum() for row in ranks for counts in [np.unique(row, return_counts=True)[1]]),
        0.0,
    )
    most = raters**2 * (objects**3 - objects) - raters * ties
    return float(12 * deviation / most) if most > 0 else float("nan")


def concordance(places: Floats, item: NDArray[np.int64], items: int) -> tuple[Floats, Floats, Floats]:
    """W of every item, and the numbers of its raters and objects; NaN where either is below two.

    places: (rankings, systems), 1 for the best, without ties; NaN for a system that not all raters of the item ranked.
    """
    raters = np.bincount(item, minlength=items).astype(float)
    sums = np.zeros((items, places.shape[1]))
    np.add.at(sums, item, np.nan_to_num(places))
    common = np.zeros((items, places.shape[1]), dtype=bool)
    common[item] = ~np.isnan(places)  # the same in all rows of an item
    objects = common.sum(axis=1).astype(float)
    middle = raters * (objects + 1) / 2
    deviation = np.where(common, (sums - middle[:, None]) ** 2, 0).sum(axis=1)
    most = raters**2 * (objects**3 - objects)
    usable = (raters >= 2) & (objects >= 2)
    return np.divide(12 * deviation, most, out=np.full(items, np.nan), where=usable), raters, objects
