"""What other judges say of the same pairs: the yardstick where a rate alone could be the truth about the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from caibian.evaluation.bootstrap import Floats
from caibian.evaluation.judging.bias.measured import MIN_ITEMS
from caibian.evaluation.strength import Same, Verdicts, verdicts
from caibian.records import Ranking


@dataclass(frozen=True)
class Yardstick:
    """Shares of verdicts in which one system was placed before another, by item; NaN where nobody told them apart."""

    name: str  # the kind of judges: expert, model, reference, checks
    by_item: dict[str, Floats]  # example id -> (systems, systems)


class Others:
    """Rankings of the same items by others than the judge in question."""

    def __init__(self, rankings: Sequence[Ranking], systems: Sequence[str], same: Same | None) -> None:
        self._rankings, self._systems, self._same = rankings, systems, same
        self._found: dict[str, Yardstick | None] = {}

    def first(self, *kinds: str) -> Yardstick | None:
        """The first of `kinds` that has ranked enough items; all judges of that kind are pooled."""
        for kind in kinds:
            if kind not in self._found:
                self._found[kind] = self._of(kind)
            if (found := self._found[kind]) is not None:
                return found
        return None

    def _of(self, kind: str) -> Yardstick | None:
        rankings = [one for one in self._rankings if one.kind == kind]
        given = verdicts(rankings, self._systems, self._same)
        if len(given.items) < MIN_ITEMS:
            return None
        return Yardstick(kind, dict(zip(given.items, won_shares(given), strict=True)))


def won_shares(given: Verdicts) -> Floats:
    """(items, systems, systems): the share of an item's verdicts on a pair that place the row first."""
    won, told = (
        given.per_item((given.beats == 1).astype(float)),
        given.per_item((given.beats != 0).astype(float)),
    )
    return np.divide(won, told, out=np.full_like(won, np.nan), where=told > 0)


def aligned(one: Yardstick, items: Sequence[str], systems: int) -> Floats:
    """The yardstick's shares in the order of `items`; NaN for those it lacks."""
    unknown = np.full((systems, systems), np.nan)
    return (
        np.stack([one.by_item.get(item, unknown) for item in items])
        if items
        else np.zeros((0, systems, systems))
    )
