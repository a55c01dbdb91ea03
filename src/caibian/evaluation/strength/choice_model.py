"""Strengths of systems under Luce's choice rule: Bradley-Terry from pairs, Plackett-Luce from whole orders.

Both say that out of a set of systems one is chosen with a probability in proportion to exp(strength). An order of five
is four such choices, each from what is left (Plackett, The Analysis of Permutations, 1975; Luce, Individual Choice
Behavior, 1959); a pair is one choice from two (Bradley and Terry 1952). The likelihood of any number of orders, whole or
partial, needs only how often each system was chosen and how often each set was chosen from: sums over items, so that a
bootstrap of the fitted model is one Newton iteration over all resamples at once.

The fit is the maximum of the likelihood under a normal prior around 0 (a ridge). It keeps the strength of a system that
never loses finite, and makes the strengths of one fit sum to 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.bootstrap import Floats
from caibian.evaluation.strength.verdicts import NO_PLACE, Verdicts

PRIOR_SD = (
    3.0  # logits: a system 3 above another wins 95 % of their pairs, so the prior bears on few items only
)
RIDGE = 1 / (2 * PRIOR_SD**2)  # times the sum of squared strengths, taken off the log-likelihood
_LONGEST_STEP = 1.0  # logits a Newton step may go, so that a near-separable resample cannot overshoot
_CONVERGED = 1e-9  # logits
_MOST_STEPS = 200


@dataclass(frozen=True)
class Choices:
    """Sums that a choice model is fitted to, by item.

    rows: (items, systems + sets): how often each system was chosen, and each set chosen from.
    members: (sets, systems): which systems each set holds.
    """

    rows: Floats
    members: NDArray[np.bool_]


def pair_choices(given: Verdicts) -> Choices:
    """Every pair that a verdict tells apart as a choice from two."""
    n = len(given.systems)
    left, right = np.triu_indices(n, 1)
    members = np.zeros((len(left), n), dtype=bool)
    members[np.arange(len(left)), left] = members[np.arange(len(left)), right] = True
    chosen = (given.beats == 1).sum(axis=2)
    offered = given.beats[:, left, right] != 0
    return Choices(given.per_item(np.concatenate([chosen, offered], axis=1).astype(float)), members)


def stage_choices(given: Verdicts) -> Choices:
    """Every order as choices of the best of what is left."""
    count, n = given.places.shape
    absent = given.places == NO_PLACE
    order = np.argsort(np.where(absent, n, given.places), axis=1, kind="stable")
    bits = np.where(absent, 0, 1 << np.arange(n, dtype=np.int64))
    left = np.cumsum(np.take_along_axis(bits, order, axis=1)[:, ::-1], axis=1)[
        :, ::-1
    ]  # sets as bits, by stage
    at, stage = np.nonzero((np.arange(n) < (~absent).sum(axis=1)[:, None] - 1) if count else np.zeros((0, n)))
    sets, which = np.unique(left[at, stage], return_inverse=True)
    rows = np.zeros((len(given.items), n + len(sets)))
    np.add.at(rows, (given.order_item[at], order[at, stage]), given.weight[at])
    np.add.at(rows, (given.order_item[at], n + which), given.weight[at])
    return Choices(rows, (sets[:, None] >> np.arange(n) & 1).astype(bool))


def fit(
    sums: Floats, members: NDArray[np.bool_], start: Floats | None = None, ridge: float = RIDGE
) -> Floats:
    """Strengths by sums of choices, (..., systems + sets) -> (..., systems); any number of fits at a time."""
    sets, n = members.shape
    shape = sums.shape[:-1]
    flat = sums.reshape(-1, n + sets)
    chosen, offered = flat[:, :n], flat[:, n:]
    inside = members.astype(float)
    pairs = (inside[:, :, None] * inside[:, None, :]).reshape(sets, n * n)
    strength = np.zeros_like(chosen) if start is None else np.broadcast_to(start, chosen.shape).copy()
    diagonal = np.arange(n)
    for _ in range(_MOST_STEPS):
        weight = np.exp(strength - strength.max(axis=1, keepdims=True))
        total = weight @ inside.T
        expected = weight * ((offered / total) @ inside)
        slope = chosen - expected - 2 * ridge * strength
        both = ((offered / total**2) @ pairs).reshape(-1, n, n)
        curve = -both * weight[:, :, None] * weight[:, None, :]
        curve[:, diagonal, diagonal] += expected + 2 * ridge
        step = np.linalg.solve(curve, slope[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        strength += step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, _LONGEST_STEP))
        if longest.max(initial=0.0) < _CONVERGED:
            break
    return strength.reshape(*shape, n)


def fitted(choices: Choices) -> Callable[[Floats], Floats]:
    """`fit` for resamples of these choices, each begun where all items together lead."""
    start = fit(choices.rows.sum(axis=0), choices.members)
    return lambda sums: fit(sums, choices.members, start)
