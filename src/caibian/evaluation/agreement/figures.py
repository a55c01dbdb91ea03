"""The coefficients as figures over items, so that one bootstrap gives all of them intervals."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.agreement.alpha import alpha_of, coincidences
from caibian.evaluation.agreement.concordance import concordance
from caibian.evaluation.agreement.votes import Votes, concordant, per_item
from caibian.evaluation.bootstrap import Figure, ratio

Floats = NDArray[np.float64]

_CELLS = 1 << 22  # coincidences computed at a time: 32 MB


def coefficients(votes: Votes) -> dict[str, Figure]:
    """Every coefficient of a group of raters over the items of `votes`."""
    left, right = votes.pairs
    signed, both = concordant(votes, left, votes, right)
    w, raters, _ = concordance(votes.common_places, votes.item, len(votes.examples))
    has_w = ~np.isnan(w)
    pairs = np.where(has_w, raters * (raters - 1) / 2, 0)
    # W is a function of the mean Spearman correlation of its rater pairs: W = (1 + (m - 1) r) / m.
    spearman = np.where(has_w, (raters * np.nan_to_num(w) - 1) / np.maximum(raters - 1, 1), 0)
    return {
        "alpha": alpha_figure(votes),
        "kendall_w": ratio(np.where(has_w, w, 0), has_w),
        "spearman": ratio(spearman * pairs, pairs),
        **pair_figures(votes.item[left], signed, both, len(votes.examples)),
        "kappa_marginal": _marginal_kappa(votes),
    }


def pair_figures(
    item: NDArray[np.int64], signed: Floats, both: Floats, items: int, weight: Floats | None = None
) -> dict[str, Figure]:
    """Agreement, kappa and tau from pairs of rankings of the same item.

    signed, both: as `concordant` gives them. weight: of each pair of rankings, by default 1.
    """
    weight = np.ones_like(signed) if weight is None else weight

    def total(values: Floats) -> Floats:
        return per_item(item, values * weight, items)

    compared = both > 0
    tau = np.divide(signed, both, out=np.zeros_like(signed), where=compared)
    return {
        "tau": ratio(total(tau), total(compared.astype(float))),
        "agreement": ratio(total((both + signed) / 2), total(both)),
        "kappa": Figure(np.stack([total(signed), total(both)], axis=1), _quotient),
    }


def alpha_figure(votes: Votes) -> Figure:
    """Krippendorff's alpha, ordinal: a unit is one system's answer to one item, its value the place given to it."""
    items, systems = len(votes.examples), len(votes.systems)
    counts = np.zeros((items, systems, systems))
    row, system = np.nonzero(~np.isnan(votes.common_places))
    place = votes.common_places[row, system].astype(np.int64) - 1
    np.add.at(counts, (votes.item[row], system, place), 1)
    rows = np.zeros((items, systems * systems))
    step = max(1, _CELLS // max(1, systems**3))
    for start in range(0, items, step):
        block = counts[start : start + step]
        met = coincidences(block.reshape(-1, systems)).reshape(len(block), systems, systems, systems)
        rows[start : start + step] = met.sum(axis=1).reshape(len(block), -1)
    return Figure(rows, partial(_alpha, systems=systems))


def _alpha(sums: Floats, systems: int) -> Floats:
    table = sums.reshape(*sums.shape[:-1], systems, systems)
    return alpha_of(table, "ordinal", np.arange(1, systems + 1))


def _marginal_kappa(votes: Votes) -> Figure:
    """Agreement on pairs beyond what the systems' shares of wins give: Fleiss's kappa, a pair of systems at a time."""
    items, pairs = len(votes.examples), votes.preferred.shape[1]
    won, lost = np.zeros((items, pairs)), np.zeros((items, pairs))
    np.add.at(won, votes.item, votes.preferred > 0)
    np.add.at(lost, votes.item, votes.preferred < 0)
    alike = (won * (won - 1) + lost * (lost - 1)) / 2
    compared = (won + lost) * (won + lost - 1) / 2
    shared = compared > 0  # a preference that nobody else can agree with says nothing of agreement
    rows = np.concatenate([alike, compared, np.where(shared, won, 0), np.where(shared, lost, 0)], axis=1)
    return Figure(rows, _beyond_shares)


def _beyond_shares(sums: Floats) -> Floats:
    alike, compared, won, lost = np.split(sums, 4, axis=-1)
    votes = np.maximum(won + lost, 1)
    chance = ((won / votes) ** 2 + (lost / votes) ** 2) * compared
    above, room = (alike - chance).sum(axis=-1), (compared - chance).sum(axis=-1)
    # Room is 0 where every pair of systems was always decided the same way: nothing to tell from chance.
    return np.divide(above, room, out=np.full_like(above, np.nan), where=room > 1e-9)


def _quotient(sums: Floats) -> Floats:
    total, count = sums[..., 0], sums[..., 1]
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
