"""Invented judges whose bias is known: answers with a quality and a length, judges that follow the one or the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.comparison import EMPTY
from caibian.evaluation.judging.seats import seatings
from caibian.records import Ranking

SYSTEMS = ("ant", "bee", "cat", "dog")
ADVANTAGE = np.array([0.0, 0.2, 0.4, 0.6])  # of the systems in quality, whose spread within a system is 1
FOLLOWS = 0.65  # how often a biased judge follows its bias; else it judges as an honest one does
# Spread of an honest judge's noise at which it orders 70 % of the pairs as their quality does.
NOISE = 1.44
Floats = NDArray[np.float64]

# From what an honest judge perceives, the seats, the lengths (each (rows, systems)) to scores, higher is better.
Bias = Callable[[Floats, NDArray[np.int64], Floats], Floats]


def first_seat(perceived: Floats, seat: NDArray[np.int64], length: Floats) -> Floats:
    return np.where(seat == 0, 99.0, perceived)


def longest(perceived: Floats, seat: NDArray[np.int64], length: Floats) -> Floats:
    return length


def own(perceived: Floats, seat: NDArray[np.int64], length: Floats) -> Floats:
    return np.where(np.arange(len(SYSTEMS)) == 1, 99.0, perceived)  # it is "bee", which is none of the best


def honest(perceived: Floats, seat: NDArray[np.int64], length: Floats) -> Floats:
    return perceived


@dataclass(frozen=True)
class World:
    """Answers of the four systems to some items."""

    seed: int
    items: int = 60
    length_of_quality: float = 0.0  # correlation of an answer's length with its quality

    @cached_property
    def quality(self) -> Floats:
        return ADVANTAGE + np.random.default_rng(self.seed).normal(size=(self.items, len(SYSTEMS)))

    @cached_property
    def length(self) -> Floats:
        other = np.random.default_rng(self.seed + 10_000).normal(size=self.quality.shape)
        r = self.length_of_quality
        return np.exp(5 + 0.4 * (r * self.quality + np.sqrt(1 - r * r) * other))

    @property
    def lengths(self) -> dict[str, dict[str, int]]:
        return {f"e{i}": dict(zip(SYSTEMS, map(int, row), strict=True)) for i, row in enumerate(self.length)}

    def rankings(
        self,
        bias: Bias,
        *,
        judge: str = "judge",
        repeats: int = 2,
        seed: int = 0,
        fixed: bool = False,
        noise: float = NOISE,
        kind: str = "model",
        follows: float = FOLLOWS,
    ) -> list[Ranking]:
        """What a judge says. fixed: its noise belongs to the answer and comes again; else each asking draws anew."""
        random = np.random.default_rng((self.seed, seed))
        seats = seatings([SYSTEMS] * self.items, repeats, seed + self.seed)
        column = {system: at for at, system in enumerate(SYSTEMS)}
        order = np.array([[column[s] for s in one] for item in seats for one in item])
        seat = np.argsort(order, axis=1)
        item = np.repeat(np.arange(self.items), repeats)
        drawn = random.normal(size=self.quality.shape)[item] if fixed else random.normal(size=seat.shape)
        perceived = self.quality[item] + noise * drawn
        led = random.random(len(item))[:, None] < follows
        scores = np.where(led, bias(perceived, seat, self.length[item]), perceived)
        best_first = np.argsort(-scores, axis=1, kind="stable").tolist()
        names = np.array(SYSTEMS, dtype=object)
        return [
            Ranking(
                f"e{i}",
                judge,
                (*names[ranked], EMPTY),
                kind=kind,
                shown=(EMPTY, *names[shown]),
                repeat=row % repeats,
            )
            for row, (i, ranked, shown) in enumerate(
                zip(item.tolist(), best_first, order.tolist(), strict=True)
            )
        ]

    def accuracy(self, rankings: list[Ranking]) -> float:
        """Share of pairs ordered as their quality is."""
        right = total = 0
        for one in rankings:
            quality = [
                self.quality[int(one.example_id[1:]), SYSTEMS.index(s)] for s in one.order if s != EMPTY
            ]
            for a in range(len(quality)):
                for b in range(a + 1, len(quality)):
                    right += quality[a] > quality[b]
                    total += 1
        return right / total
