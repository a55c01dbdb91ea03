"""What came back from elsewhere, row by row: good rankings kept, wrong ones refused with file, place and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from caibian.api.panel import SKIP_REASONS
from caibian.evaluation.comparison import read_rankings, write_rankings
from caibian.evaluation.panels.key import Key
from caibian.records import Ranking

NO_REASON = "no_reason_given"
"""Why an expert passed an item over, where the other tool does not ask."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that could not be used."""

    file: str
    where: str  # line 12; task 3, annotation 2
    reason: str  # one of a few words joined by _
    detail: str  # what stood there, and the remedy

    def __str__(self) -> str:
        return f"{self.file}, {self.where}: {self.reason.replace('_', ' ')}: {self.detail}"


@dataclass(frozen=True)
class Imported:
    """Rankings read back, and what was not: refused one by one, or not finished yet."""

    rankings: tuple[Ranking, ...]
    refused: tuple[Refusal, ...] = ()
    unfinished: int = 0  # rows, drafts and tasks that nobody has ranked or passed over yet
    notes: tuple[str, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows were refused for which reason."""
        return dict(Counter(refusal.reason for refusal in self.refused).most_common())


@dataclass
class Intake:
    """Collects what one file holds. Each item of one rater counts once: the later, or else the first."""

    key: Key
    file: Path
    raters: Mapping[str, str] | Collection[str] | None = (
        None  # name in the file -> ours; None: any, as it stands
    )
    unfinished: int = 0
    notes: list[str] = field(default_factory=list)
    _refused: list[Refusal] = field(default_factory=list)
    _given: dict[tuple[str, str], tuple[str, Ranking]] = field(default_factory=dict)

    def take(
        self,
        where: str,
        item: str,
        rater: str,
        order: Sequence[str] = (),
        *,
        abstained: str | None = None,
        violations: Mapping[str, Sequence[str]] | None = None,
        comment: str | None = None,
        seconds: float = 0.0,
        at: datetime | None = None,
    ) -> None:
        """Keep one ranking by letters, best first, or an abstention; refuse it where it is wrong."""
        if (known := self.key.items.get(item)) is None:
            return self.refuse(
                where, "unknown_item", f"{item!r} is not in the key; was another comparison exported?"
            )
        if (name := self._rater(rater)) is None:
            return self.refuse(
                where, "unknown_rater", f"{rater!r} is not among the raters; add them or mend the name"
            )
        if abstained is None and (wrong := _wrong(order, list(known))):
            return self.refuse(where, *wrong)
        if strange := set(violations or ()) - set(known):
            return self.refuse(
                where, "unknown_key", f"violations of {_list(strange)}; the item has {_list(known)}"
            )
        ranking = Ranking(
            item,
            name,
            () if abstained is not None else tuple(known[letter] for letter in order),
            abstained,
            kind="expert",
            shown=tuple(known.values()),
            violations={known[letter]: tuple(broken) for letter, broken in (violations or {}).items()},
            comment=comment or None,
            seconds=max(0.0, seconds),
            at=at,
        )
        return self._keep(where, ranking)

    def refuse(self, where: str, reason: str, detail: str) -> None:
        """Leave a row out, and say why."""
        self._refused.append(Refusal(self.file.name, where, reason, detail))

    def result(self) -> Imported:
        """All that the file held."""
        rankings = tuple(ranking for _, ranking in self._given.values())
        return Imported(rankings, tuple(self._refused), self.unfinished, tuple(self.notes))

    def _rater(self, rater: str) -> str | None:
        if self.raters is None:
            return rater or None
        if isinstance(self.raters, Mapping):
            return self.raters.get(rater)
        return rater if rater in self.raters else None

    def _keep(self, where: str, ranking: Ranking) -> None:
        place = (ranking.example_id, ranking.judge)
        if place in self._given:
            first, kept = self._given[place]
            later = kept.at is not None and ranking.at is not None and ranking.at > kept.at
            old, new = (first, where) if later else (where, first)
            self.refuse(
                old, "given_twice", f"{ranking.judge} ranked {ranking.example_id} in {new} too, which counts"
            )
            if not later:
                return
        self._given[place] = (where, ranking)


def merged(parts: Sequence[Imported]) -> Imported:
    """What several files held, as one."""
    return Imported(
        tuple(one for part in parts for one in part.rankings),
        tuple(one for part in parts for one in part.refused),
        sum(part.unfinished for part in parts),
        tuple(one for part in parts for one in part.notes),
    )


def keep_rankings(folder: Path, rankings: Sequence[Ranking]) -> int:
    """Add rankings to a comparison's folder. Returns how many of the same rater and item they took the place of."""
    new = {(one.judge, one.example_id): one for one in rankings}
    judges = {one.judge for one in rankings}
    before = [one for one in read_rankings(folder) if one.judge in judges]
    stay = [one for one in before if (one.judge, one.example_id) not in new]
    write_rankings(folder, [*stay, *rankings])
    return len(before) - len(stay)


def skip_reason(said: str) -> tuple[str, str | None]:
    """The reason for passing an item over, and, where it is in the expert's own words, those words."""
    code = said.strip().lower().replace(" ", "_")
    return (code, None) if code in (*SKIP_REASONS, NO_REASON) else ("other", said.strip())


def _wrong(order: Sequence[str], known: Sequence[str]) -> tuple[str, str] | None:
    repeated = [letter for letter, times in Counter(order).items() if times > 1]
    if strange := [letter for letter in order if letter not in known]:
        return "unknown_key", f"{_list(strange)}; the item has {_list(known)}"
    if repeated:
        return "key_repeated", f"{_list(repeated)} in {' '.join(order)}; name each answer once"
    if missing := [letter for letter in known if letter not in order]:
        return "key_missing", f"{_list(missing)} in {' '.join(order) or 'an empty ranking'}; rank all answers"
    return None


def _list(letters: Collection[str]) -> str:
    return ", ".join(letters)
