"""Who sits where: a seeded shuffle in which every system takes every seat equally often.

Items that the same systems answered are taken in blocks of as many items as there are systems. A block has one shuffled
order, and each of its items takes that order rotated by one more seat: a Latin square. Of the repeats of an item each
second one is the reverse of the one before, and each pair of repeats starts two seats further on, so that with an even
number of systems as many repeats put each system into each seat within the item itself.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

Seats = tuple[str, ...]


def seatings(answered: Sequence[Sequence[str]], repeats: int, seed: int) -> list[list[Seats]]:
    """For every item, given the systems to be shown, their order by seat for every repeat."""
    met: Counter[Seats] = Counter()
    found = []
    for systems in answered:
        group = tuple(sorted(systems))
        at = met[group]
        met[group] += 1
        found.append([_seats(group, at, repeat, seed) for repeat in range(repeats)])
    return found


def _seats(group: Seats, at: int, repeat: int, seed: int) -> Seats:
    if not group:
        return ()
    base = _shuffled(group, at // len(group), seed)
    shift = (at + 2 * (repeat // 2)) % len(group)
    seats = base[shift:] + base[:shift]
    return seats[::-1] if repeat % 2 else seats


@lru_cache(maxsize=4096)
def _shuffled(group: Seats, block: int, seed: int) -> Seats:
    seats = list(group)
    random.Random(f"{seed} {block} {' '.join(group)}").shuffle(seats)
    return tuple(seats)
