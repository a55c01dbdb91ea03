"""Self-preference: does a judge that is one of the systems place its own answers higher than others place them?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from caibian.evaluation.judging.bias.measured import Measured, difference, not_measured
from caibian.evaluation.judging.bias.others import Yardstick, aligned, won_shares
from caibian.evaluation.strength import Verdicts

OWN_MOST = 0.10


def self_preference(given: Verdicts, own: str | None, others: Yardstick | None, seed: int) -> Measured:
    """The judge's win rate for its own system, less the one that others give it, over the pairs both told apart.

    given: the judge's verdicts. own: the system that is the judge itself. others: whom it is compared with; a win rate
    alone cannot tell love of one's own from a good model.
    """
    name = "self_preference"
    if own is None:
        return not_measured(name, "not_a_system")
    if others is None:
        return not_measured(name, "nobody_to_compare")
    at = given.systems.index(own)
    ours = won_shares(given)[:, at]
    theirs = aligned(others, given.items, len(given.systems))[:, at]
    gap = ours - theirs
    known = ~np.isnan(gap)
    found = difference(name, np.where(known, gap, 0.0).sum(axis=1), known.sum(axis=1).astype(float), seed)
    return replace(found, against=others.name).held(most=OWN_MOST)
