"""Length: does the longer answer win, more than others let it win, and how do systems stand at equal length?

A judge is not biased because better answers are longer. So where others have ranked the same pairs, a judge is held to
two figures, and condemned only if both are beyond their bar: `longer_wins`, the plain rate, against .65, and
`longer_wins_excess`, that rate less the one that the others give, against .15. Experts are asked first, then the ranker
that compares with the published text. Where nobody else has ranked, the plain rate stands alone.

`equal_length` gives each system's win rate as it would be against answers of its own length: a logistic regression of
who is placed first on the two systems and on the logarithm of the ratio of lengths, read at a ratio of 1 (the idea of
Dubois et al., Length-Controlled AlpacaEval, 2024, with a term for each system). Lengths are in characters, in Chinese
without spaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from caibian.evaluation.bootstrap import Floats
from caibian.evaluation.judging.bias.measured import Measured, bootstrap, difference, not_measured, share
from caibian.evaluation.judging.bias.others import Yardstick, aligned
from caibian.evaluation.strength import Verdicts
from caibian.evaluation.strength.choice_model import RIDGE

LONGER_WINS_MOST = 0.65
EXCESS_MOST = LONGER_WINS_MOST - 0.5
LONGER_BY = 1.10  # times: less is no difference that a reader sees
_STEPS = 50
_CONVERGED = 1e-9

Lengths = Mapping[str, Mapping[str, int]]  # example id -> system -> characters


def longer_wins(given: Verdicts, lengths: Lengths, others: Yardstick | None, seed: int) -> list[Measured]:
    """`longer_wins`, and `longer_wins_excess` over what others give the longer answers of the same pairs."""
    of = _lengths(given.items, given.systems, lengths)
    longer = (of[:, :, None] >= LONGER_BY * of[:, None, :]) & (of[:, None, :] > 0)  # (items, longer, shorter)
    won = given.per_item((given.beats == 1).astype(float))
    told = given.per_item((given.beats != 0).astype(float))
    hits, pairs = (longer * won).sum(axis=(1, 2)), (longer * told).sum(axis=(1, 2))
    plain = share("longer_wins", hits, pairs, seed).held(most=LONGER_WINS_MOST)
    if others is None:
        return [plain, not_measured("longer_wins_excess", "nobody_to_compare")]
    theirs = aligned(others, given.items, len(given.systems))
    known = longer & ~np.isnan(theirs) & (told > 0)
    gap = np.where(known, won - told * np.nan_to_num(theirs), 0.0).sum(axis=(1, 2))
    excess = difference("longer_wins_excess", gap, (known * told).sum(axis=(1, 2)), seed)
    return [plain, replace(excess, against=others.name).held(most=EXCESS_MOST)]


def equal_length(given: Verdicts, lengths: Lengths, seed: int) -> dict[str, Any]:
    """Win rates at equal length by system, and the slope: logits that doubling one's length is worth.

    Intervals (99 %) are of a bootstrap over items, linearised at the fit: one step of Newton's method a resample.
    """
    n = len(given.systems)
    of = _lengths(given.items, given.systems, lengths)
    left, right = np.triu_indices(n, 1)
    unit, pair = np.nonzero(given.beats[:, left, right])
    if not len(unit):
        return {"slope_of_doubling": None, "win_rates": {}}
    a, b, item = left[pair], right[pair], given.item[unit]
    # Lengths from 1: an empty answer has no logarithm.
    features = np.zeros((len(unit), n + 1))
    features[np.arange(len(unit)), a], features[np.arange(len(unit)), b] = 1.0, -1.0
    features[:, n] = np.log2(np.maximum(of[item, a], 1) / np.maximum(of[item, b], 1))
    first = (given.beats[unit, a, b] == 1).astype(float)
    strength, scores, curve = _logistic(features, first)
    by_item = np.zeros((len(given.items), n + 1))
    np.add.at(by_item, item, scores)
    moves: Floats = np.linalg.solve(curve, by_item.T).T.astype(
        np.float64
    )  # what leaving in an item once more does to the fit

    def read(sums: Floats) -> Floats:
        # At the fit the scores of all items sum to the prior's pull, which a resample must not lose.
        return _win_rates(strength + sums - moves.sum(axis=0))

    found = bootstrap(len(given.items), seed).intervals(moves, read)
    return {
        "slope_of_doubling": found[n].json(),
        "win_rates": {system: found[at].json() for at, system in enumerate(given.systems)},
    }


def _logistic(features: Floats, first: Floats) -> tuple[Floats, Floats, Floats]:
    """Ridge logistic regression by Newton's method: coefficients, scores of the rows, curvature."""
    width = features.shape[1]
    found = np.zeros(width)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(features @ found)))
        slope = features.T @ (first - chance) - 2 * RIDGE * found
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + 2 * RIDGE * np.eye(width)
        step = np.linalg.solve(curve, slope)
        found += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _CONVERGED:
            break
    return found, features * (first - chance)[:, None], curve


def _win_rates(coefficients: Floats) -> Floats:
    """(…, systems + 1) coefficients -> the mean chance of each system against each other at one length, and the slope."""
    strength, slope = coefficients[..., :-1], coefficients[..., -1:]
    chance = 1 / (1 + np.exp(strength[..., None, :] - strength[..., :, None]))
    n = strength.shape[-1]
    mean = (chance.sum(axis=-1) - 0.5) / max(n - 1, 1)
    return np.concatenate([mean, slope], axis=-1)


def _lengths(items: Sequence[str], systems: Sequence[str], lengths: Lengths) -> Floats:
    return np.array(
        [[lengths.get(item, {}).get(s, 0) for s in systems] for item in items], dtype=float
    ).reshape(len(items), len(systems))
