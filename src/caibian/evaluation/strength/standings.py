"""`standings`: who stands where by some rankings, with intervals over the items."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from caibian.evaluation.bootstrap import Bootstrap, Floats, Interval, ratio
from caibian.evaluation.strength.choice_model import Choices, fitted, pair_choices, stage_choices
from caibian.evaluation.strength.verdicts import Same, Verdicts, verdicts
from caibian.records import Ranking

RESAMPLES = 1000
_UNDEFINED = Interval(float("nan"), float("nan"), float("nan"))


def standings(
    rankings: Sequence[Ranking],
    systems: Sequence[str],
    same: Same | None = None,
    *,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """Average ranks, counts of ranks, win rates and strengths as JSON values; intervals resample whole items.

    Orders may be over different systems. Systems of one answer share their ranks and make no pair; the empty answer
    takes none of the ranks. The result:

        items, verdicts   how many
        systems           name -> average_rank, ranks (how often 1st, 2nd …; shared ones in parts), win_rate, wins,
                          pairs, bradley_terry, plackett_luce (log strengths that sum to 0)
        pairs             {a, b, wins (of a), losses, not_told_apart, win_rate (of a)}
    """
    given = verdicts(rankings, systems, same)
    bootstrap = (
        Bootstrap(len(given.items), resamples=resamples, confidence=confidence, seed=seed)
        if given.items
        else None
    )
    ranks = given.ranks
    shares = given.rank_shares.sum(axis=0)
    won, told = (
        given.per_item((given.beats == 1).astype(float)),
        given.per_item((given.beats != 0).astype(float)),
    )
    pairwise = _strengths(pair_choices(given), bootstrap, len(systems))
    ordered = _strengths(stage_choices(given), bootstrap, len(systems))
    entries = {
        system: {
            "average_rank": _ratio(
                bootstrap, given.per_item(np.nan_to_num(ranks[:, [at]]))[:, 0], _counts(given, at)
            ),
            "ranks": [round(float(share), 4) for share in shares[at]],
            "win_rate": _ratio(bootstrap, won[:, at].sum(axis=1), told[:, at].sum(axis=1)),
            "wins": int(won[:, at].sum()),
            "pairs": int(told[:, at].sum()),
            "bradley_terry": pairwise[at].json(),
            "plackett_luce": ordered[at].json(),
        }
        for at, system in enumerate(systems)
    }
    return {
        "items": len(given.items),
        "verdicts": len(given.beats),
        "systems": entries,
        "pairs": [_pair(given, won, told, a, b, bootstrap) for a, b in combinations(range(len(systems)), 2)],
        "resamples": resamples,
        "confidence": confidence,
        "seed": seed,
    }


def _strengths(choices: Choices, bootstrap: Bootstrap | None, systems: int) -> list[Interval]:
    if bootstrap is None or not len(choices.members):
        return [_UNDEFINED] * systems
    return bootstrap.intervals(choices.rows, fitted(choices))


def _counts(given: Verdicts, at: int) -> Floats:
    return given.per_item(given.present[:, [at]].astype(float))[:, 0]


def _ratio(bootstrap: Bootstrap | None, numerators: Floats, denominators: Floats) -> dict[str, float | None]:
    found = _UNDEFINED if bootstrap is None else bootstrap.interval(ratio(numerators, denominators))
    return found.json()


def _pair(
    given: Verdicts, won: Floats, told: Floats, a: int, b: int, bootstrap: Bootstrap | None
) -> dict[str, Any]:
    both = int((given.present[:, a] & given.present[:, b]).sum())
    return {
        "a": given.systems[a],
        "b": given.systems[b],
        "wins": int(won[:, a, b].sum()),
        "losses": int(won[:, b, a].sum()),
        "not_told_apart": both - int(told[:, a, b].sum()),
        "win_rate": _ratio(bootstrap, won[:, a, b], told[:, a, b]),
    }
