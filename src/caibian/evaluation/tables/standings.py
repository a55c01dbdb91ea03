"""Who wins, out of rankings: win rates of pairs with intervals, and a verdict that claims no more than they bear.

The counts are those of `caibian.evaluation.strength`; intervals here are fit for parts of a few items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import beta

from caibian.evaluation.bootstrap import Bootstrap, Floats, Interval, ratio
from caibian.evaluation.strength import Same, verdicts
from caibian.records import Ranking

CONFIDENCE = 0.95
FEW_ITEMS = 30
"""Below so many items a percentile bootstrap is too sure of itself (six wins out of seven would count as decided);
there the interval is at least as wide as the exact one of Clopper and Pearson (Biometrika 26, 1934)."""


@dataclass(frozen=True)
class Duel:
    """How often one system is placed before another."""

    first: str
    second: str
    rate: Interval
    n: int  # items on which the two were told apart

    @property
    def decided(self) -> bool:
        """Whether the interval excludes a draw."""
        return bool(self.rate.low > 0.5 or self.rate.high < 0.5)


@dataclass(frozen=True)
class Standing:
    """The systems as one voice (a judge, or several together) orders them over some items; best first."""

    systems: tuple[str, ...]
    items: int
    orders: int  # verdicts behind it
    share: dict[str, Interval]  # system -> how often it is placed before another one
    rank: dict[str, Interval]  # system -> its mean place, from 1
    places: dict[str, tuple[float, ...]]  # system -> share of verdicts in which it is 1st, 2nd …
    duels: dict[tuple[str, str], Duel]  # each pair in both directions

    def verdict(self) -> Verdict:
        """The leading system, those that cannot be told from it, and those that it beats."""
        leader, *others = self.systems
        behind = [
            duel
            for other in others
            if (duel := self.duels.get((leader, other))) and duel.decided and duel.rate.value > 0.5
        ]
        beaten = {duel.second for duel in behind}
        return Verdict(leader, tuple(s for s in others if s not in beaten), tuple(behind))


@dataclass(frozen=True)
class Verdict:
    """What a standing comes to. Without `behind`, nothing is decided."""

    leader: str
    level: tuple[str, ...]  # not told from the leader beyond chance
    behind: tuple[Duel, ...]  # leader against each system that it beats


def standing(
    rankings: Sequence[Ranking],
    systems: Sequence[str],
    same: Same | None = None,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Standing | None:
    """The standing of `systems` in some rankings; None where no ranking tells two of them apart.

    Items are resampled whole: two experts and three repeats on one story are one story.

    Args:
        same: systems whose answers were one and the same, as `caibian.evaluation.strength.verdicts` takes it.
    """
    given = verdicts(rankings, systems, same)
    won, told = (given.per_item(one.astype(float)) for one in (given.beats == 1, given.beats != 0))
    if not told.any():
        return None
    bootstrap = Bootstrap(len(given.items), resamples=resamples, confidence=CONFIDENCE, seed=seed)
    duels = {}
    for a, b in combinations(range(len(systems)), 2):
        if told[:, a, b].any():
            rate = _rate(won[:, a, b], told[:, a, b], bootstrap)
            back = Interval(1 - rate.value, 1 - rate.high, 1 - rate.low)
            n = int(np.count_nonzero(told[:, a, b]))
            duels[systems[a], systems[b]] = Duel(systems[a], systems[b], rate, n)
            duels[systems[b], systems[a]] = Duel(systems[b], systems[a], back, n)
    at = {system: k for k, system in enumerate(systems) if told[:, k].any()}
    share = {s: _rate(won[:, k].sum(axis=1), told[:, k].sum(axis=1), bootstrap) for s, k in at.items()}
    order = sorted(at, key=lambda system: -share[system].value)
    places, present = given.per_item(np.nan_to_num(given.ranks)), given.per_item(given.present.astype(float))
    shares = given.rank_shares.sum(axis=0)
    return Standing(
        systems=tuple(order),
        items=len(given.items),
        orders=len(given.beats),
        share=share,
        rank={s: bootstrap.interval(ratio(places[:, at[s]], present[:, at[s]])) for s in order},
        places={s: tuple((shares[at[s]] / shares[at[s]].sum()).tolist()) for s in order},
        duels=duels,
    )


def _rate(won: Floats, told: Floats, bootstrap: Bootstrap) -> Interval:
    """A share of pairs with its interval; of few items, at least as wide as the exact one for so many."""
    found = bootstrap.interval(ratio(won, told))
    n = int(np.count_nonzero(told))
    if n >= FEW_ITEMS:
        return found
    low, high = exact(found.value, n)
    return Interval(found.value, min(found.low, low), max(found.high, high))


def exact(share: float, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of Clopper and Pearson for a share of `n`."""
    tail, k = (1 - confidence) / 2, share * n
    low = float(beta.ppf(tail, k, n - k + 1)) if k > 0 else 0.0
    high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return low, high
