"""Krippendorff's alpha from coincidences, which are sums over units, so that a bootstrap over items is a product.

Krippendorff, Content Analysis (2004), chapter 11; Computing Krippendorff's Alpha-Reliability (2011).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: ArrayLike, level: Level = "ordinal") -> float:
    """Alpha of a table of raters (rows) and units (columns); NaN is a value that is missing.

    1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement. NaN where no unit has two values, or
    all values are the same, for then nothing can be told from chance.

    Raises:
        ValueError: the table has not two dimensions, or `level` is none of nominal, ordinal, interval.
    """
    table = np.asarray(ratings, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"ratings must be a table of raters and units, got {table.ndim} dimensions")
    values = np.unique(table[~np.isnan(table)])
    counts = (table.T[:, :, None] == values).sum(axis=1)
    return float(alpha_of(coincidences(counts).sum(axis=0), level, values))


def coincidences(counts: ArrayLike) -> Floats:
    """How often each two values meet in a unit: (units, values) counts to (units, values, values).

    A unit of m values has m(m-1) ordered pairs, each weighted 1/(m-1), so that it weighs as much as it has values; a
    unit with fewer than two has none.
    """
    n = np.asarray(counts, dtype=float)
    pairs = n[:, :, None] * n[:, None, :]
    diagonal = np.arange(n.shape[1])
    pairs[:, diagonal, diagonal] -= n
    size = n.sum(axis=1)
    return pairs / np.maximum(size - 1, 1)[:, None, None]


def alpha_of(coincidence: Floats, level: Level, values: ArrayLike) -> Floats:
    """Alpha from coincidences (..., values, values); the values stand in their order, and count for `interval` only."""
    n = coincidence.sum(axis=-1)
    if level == "nominal":
        distance = np.broadcast_to(1.0 - np.eye(n.shape[-1]), coincidence.shape)
    elif level == "ordinal":
        # The sum of n over all values from c to k, less half of both ends, is a difference of mid-ranks.
        middle = np.cumsum(n, axis=-1) - n / 2
        distance = (middle[..., :, None] - middle[..., None, :]) ** 2
    elif level == "interval":
        at = np.asarray(values, dtype=float)
        distance = np.broadcast_to((at[:, None] - at) ** 2, coincidence.shape)
    else:
        raise ValueError(f"level must be nominal, ordinal or interval, got {level!r}")
    total = n.sum(axis=-1)
    observed = (coincidence * distance).sum(axis=(-2, -1))
    expected = (n[..., :, None] * n[..., None, :] * distance).sum(axis=(-2, -1))
    share = np.divide(
        (total - 1) * observed, expected, out=np.full(np.shape(observed), np.nan), where=expected > 0
    )
    return np.asarray(1 - share)
