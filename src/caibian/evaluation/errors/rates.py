"""Shares with intervals: of one system by Wilson's score, of two systems' difference by the paired bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

from caibian.evaluation.bootstrap import Bootstrap, Interval, mean

CONFIDENCE = 0.95
_Z = 1.959964  # of the normal distribution, for intervals of 95 %


def share(part: int, whole: int) -> Interval:
    """A share with Wilson's score interval (Wilson 1927), which unlike a bootstrap does not say [0, 0] of none in ten."""
    if not whole:
        return Interval(np.nan, np.nan, np.nan)
    value, z = part / whole, _Z
    middle = (value + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * sqrt(value * (1 - value) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return Interval(value, max(0.0, middle - half), min(1.0, middle + half))


def difference(after: Sequence[bool], before: Sequence[bool], bootstrap: Bootstrap) -> Interval:
    """The share after minus the share before over the same items, with the paired interval."""
    return bootstrap.difference(mean(np.asarray(after, float)), mean(np.asarray(before, float)))
