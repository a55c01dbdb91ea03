"""How far rules and a judge agree on the same answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.bootstrap import Bootstrap, Figure, Interval, mean


def agreement(
    one: Sequence[str], other: Sequence[str], kinds: Sequence[str], seed: int = 0
) -> tuple[Interval, Interval]:
    """The share of equal verdicts and Cohen's kappa (Cohen 1960), each with its bootstrap interval over the answers.

    Raises:
        ValueError: there is no answer.
    """
    bootstrap = Bootstrap(len(one), seed=seed)
    size = len(kinds)
    rows = np.zeros((len(one), size * size))
    for row, (left, right) in enumerate(zip(one, other, strict=True)):
        rows[row, kinds.index(left) * size + kinds.index(right)] = 1
    equal = mean([left == right for left, right in zip(one, other, strict=True)])
    return bootstrap.interval(equal), bootstrap.interval(Figure(rows, lambda sums: _kappa(sums, size)))


def _kappa(sums: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    cells = sums.reshape(*sums.shape[:-1], size, size)
    total = cells.sum(axis=(-2, -1))
    observed = np.trace(cells, axis1=-2, axis2=-1) / total
    expected = (cells.sum(axis=-1) * cells.sum(axis=-2)).sum(axis=-1) / total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected < 1, (observed - expected) / (1 - expected), np.nan)
