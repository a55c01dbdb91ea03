"""The draw: as even as may be over categories, in each over its cards, then languages, then datasets."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from caibian.evaluation.sets.candidates import CATEGORIES, Candidate

Fits = Callable[[Candidate], bool]


def draw(
    candidates: Sequence[Candidate], per_category: int, *, seed: int, fits: Fits
) -> dict[str, list[Candidate]]:
    """Up to `per_category` candidates of each category, by category.

    The next item is always of the category that has the fewest, in it of the card that has the fewest, and so on; where
    a card or dataset has no more, the others fill up. Inside a dataset candidates come in the order of their hashes, so
    that more candidates change few of the draws.

    fits: asked once of each candidate that comes up; one that does not fit is passed over.
    """
    levels: tuple[Callable[[Candidate], str], ...] = (
        lambda one: one.card,
        lambda one: one.example.language,
        lambda one: one.example.dataset,
    )
    strata = {
        category: _Stratum(
            [one for one in candidates if one.category == category], levels, f"{seed}:{category}"
        )
        for category in CATEGORIES
    }
    drawn: dict[str, list[Candidate]] = {category: [] for category in CATEGORIES}
    open_ = [category for category in CATEGORIES if per_category > 0]
    while open_:
        category = min(open_, key=lambda name: len(drawn[name]))
        if (one := strata[category].take(fits)) is not None:
            drawn[category].append(one)
        if one is None or len(drawn[category]) == per_category:
            open_.remove(category)
    return drawn


class _Stratum:
    """Candidates in groups of groups; each `take` comes from the group that has given the fewest."""

    def __init__(
        self, candidates: Sequence[Candidate], levels: Sequence[Callable[[Candidate], str]], name: str
    ) -> None:
        self.taken = 0
        # Who is first among equals is drawn too, else the alphabet would decide which card has one more.
        self.turn = hashlib.sha256(name.encode()).hexdigest()
        self._groups: list[_Stratum] | None = None
        if levels:
            first, *rest = levels
            groups: Mapping[str, list[Candidate]] = _grouped(candidates, first)
            self._groups = [_Stratum(group, rest, f"{name}:{key}") for key, group in groups.items()]
        else:
            self._waiting = sorted(candidates, key=lambda one: one.draw, reverse=True)

    def take(self, fits: Fits) -> Candidate | None:
        """The next candidate that fits; None where there is none any more."""
        one = self._next(fits) if self._groups is None else self._from_groups(self._groups, fits)
        self.taken += one is not None
        return one

    def _next(self, fits: Fits) -> Candidate | None:
        while self._waiting:
            if fits(one := self._waiting.pop()):
                return one
        return None

    def _from_groups(self, groups: list[_Stratum], fits: Fits) -> Candidate | None:
        while groups:
            group = min(groups, key=lambda group: (group.taken, group.turn))
            if (one := group.take(fits)) is not None:
                return one
            groups.remove(group)
        return None


def _grouped(candidates: Sequence[Candidate], key: Callable[[Candidate], str]) -> dict[str, list[Candidate]]:
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        groups[key(one)].append(one)
    return groups
