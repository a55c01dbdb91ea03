"""Two systems on the same items: McNemar's exact test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scipy.stats import binom


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> dict[str, Any]:
    """Whether two systems are right equally often, from the items on which only one of them is.

    Returns `only_first`, `only_second` and `p`, the two-sided exact binomial p-value (McNemar 1947,
    without the normal approximation); 1 where they never part.
    """
    only_first = sum(a and not b for a, b in zip(first, second, strict=True))
    only_second = sum(b and not a for a, b in zip(first, second, strict=True))
    parted = only_first + only_second
    p = min(1.0, 2 * float(binom.cdf(min(only_first, only_second), parted, 0.5))) if parted else 1.0
    return {"only_first": int(only_first), "only_second": int(only_second), "p": p}
