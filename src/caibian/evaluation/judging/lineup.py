"""`Lineup`: the different answers to one example, as they are put before a judge.

Systems that gave the same answer (but for white space) are shown as one and share its place: shown twice, an answer
would win or lose against itself. Which of them stands for the answer in rankings is drawn by the seed. A system whose
answer is empty shares the place of the empty answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from caibian.evaluation.comparison import EMPTY, Comparison
from caibian.records import Example
from caibian.tasks import size
from caibian.text import clean_whitespace


@dataclass(frozen=True)
class Lineup:
    """answers: the system that stands for an answer -> the answer; none is empty, no two are the same.
    same: that system (or EMPTY) -> the others that gave its answer. missing: systems without an answer."""

    example: Example
    answers: dict[str, str]
    same: dict[str, tuple[str, ...]]
    missing: tuple[str, ...]

    @property
    def alike(self) -> dict[str, tuple[str, ...]]:
        """For every system (and EMPTY) of a shared answer the others that gave it, whoever stood for it."""
        classes = [(one, *twins) for one, twins in self.same.items()]
        return {
            one: tuple(name for name in each if name not in (one, EMPTY)) for each in classes for one in each
        }

    @property
    def lengths(self) -> dict[str, int]:
        """Characters of what every system said, in Chinese without spaces."""
        of = {system: size(text, self.example.language) for system, text in self.answers.items()}
        return of | {twin: of.get(one, 0) for one, twins in self.same.items() for twin in twins}


def lineups(comparison: Comparison, systems: Sequence[str], seed: int) -> list[Lineup]:
    """The lineup of every example, over some of the comparison's systems."""
    found = []
    for example, said in comparison.items():
        groups: dict[str, list[str]] = {}
        for system in systems:
            if system in said:
                groups.setdefault(clean_whitespace(said[system]), []).append(system)
        answers, same = {}, {}
        for text, members in groups.items():
            if not text:
                same[EMPTY] = tuple(members)
                continue
            first, *twins = sorted(members, key=lambda system: _draw(seed, example.id, system))
            answers[first] = said[first]
            if twins:
                same[first] = tuple(twins)
        missing = tuple(system for system in systems if system not in said)
        found.append(Lineup(example, answers, same, missing))
    return found


def _draw(seed: int, example: str, system: str) -> str:
    return hashlib.sha256(f"{seed}\0{example}\0{system}".encode("utf-8", "surrogatepass")).hexdigest()
