"""Gaps between groups over the same templates: effect sizes with intervals, and p-values corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.bootstrap import Bootstrap, Interval, mean

_EXACT_UP_TO = 12  # templates: 4,096 ways to turn their signs
_DRAWS = 10_000
_TIE = 1e-9  # relative: sums of floats that are equal by mathematics


@dataclass(frozen=True, slots=True)
class Gap:
    """How far one group lies from the mean of all groups (of two groups: from the other), over templates."""

    group: str
    measure: str
    templates: int
    gap: Interval
    d: float  # Cohen's d of paired differences: their mean over their standard deviation; 0 where there is no difference
    p: float  # two-sided, by turning the signs of the differences
    p_holm: float = 1.0


def gaps(values: Mapping[str, Mapping[str, float]], measure: str, seed: int = 0) -> list[Gap]:
    """The gap of each group on one measure.

    Args:
        values: group -> template -> value; templates that a group lacks are left out for all.
    """
    groups = [*values]
    shared = sorted(set.intersection(*(set(own) for own in values.values()))) if values else []
    if len(groups) < 2 or len(shared) < 2:
        return []
    table = np.array([[values[group][template] for template in shared] for group in groups], dtype=float)
    if len(groups) == 2:
        return [_gap(groups[0], measure, table[0] - table[1], seed)]
    return [_gap(group, measure, table[row] - table.mean(axis=0), seed) for row, group in enumerate(groups)]


def holm(found: Sequence[Gap]) -> list[Gap]:
    """The same gaps with p-values adjusted for all of them (Holm 1979)."""
    order = sorted(range(len(found)), key=lambda k: found[k].p)
    adjusted = [1.0] * len(found)
    highest = 0.0
    for rank, k in enumerate(order):
        highest = max(highest, min(1.0, (len(found) - rank) * found[k].p))
        adjusted[k] = highest
    return [replace(gap, p_holm=p) for gap, p in zip(found, adjusted, strict=True)]


def _gap(group: str, measure: str, differences: NDArray[np.float64], seed: int) -> Gap:
    interval = Bootstrap(len(differences), seed=seed).interval(mean(differences))
    deviation = float(differences.std(ddof=1))
    value = float(differences.mean())
    d = value / deviation if deviation > _TIE else 0.0
    return Gap(group, measure, len(differences), interval, d, sign_flip_p(differences, seed))


def sign_flip_p(differences: NDArray[np.float64], seed: int = 0) -> float:
    """The share of ways to turn the differences' signs that give a mean at least as far from zero (Fisher's randomisation
    test); all ways for few differences, else 10,000 drawn ones with the observed one added."""
    count = len(differences)
    observed = abs(differences.sum())
    if count <= _EXACT_UP_TO:
        signs = 1 - 2 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        sums = np.abs(signs @ differences)
        return float(np.mean(sums >= observed * (1 - _TIE) - _TIE))
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(_DRAWS, count))
    beyond = int((np.abs(signs @ differences) >= observed * (1 - _TIE) - _TIE).sum())
    return (beyond + 1) / (_DRAWS + 1)
