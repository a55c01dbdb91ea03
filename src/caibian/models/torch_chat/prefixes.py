"""Which beginnings are worth reading once for several prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Group:
    """Prompts (by their places in the list) whose first `length` tokens are the same."""

    members: tuple[int, ...]
    length: int


def shared_prefixes(prompts: Sequence[Sequence[int]]) -> list[Group]:
    """Partition prompts into groups so that few tokens are to be read.

    A group costs its common beginning once and the rest of each member. At least one token of each prompt is
    left over, since something must be read for the row itself. Prompts with a common beginning stand together
    once sorted; the best partition of the sorted list into runs is found by dynamic programming, O(n²) for the
    n prompts of a batch.
    """
    order = sorted(range(len(prompts)), key=lambda at: tuple(prompts[at]))
    lengths = [len(prompts[at]) for at in order]
    shared = [_common(prompts[a], prompts[b]) for a, b in pairwise(order)]
    best = [0] + [1 << 60] * len(order)
    cut = [0] * (len(order) + 1)
    prefix_of = [0] * (len(order) + 1)
    for end in range(1, len(order) + 1):
        total, common, shortest = 0, lengths[end - 1], lengths[end - 1]
        for start in range(end - 1, -1, -1):
            total += lengths[start]
            common = min(common, lengths[start], shared[start] if start < end - 1 else common)
            shortest = min(shortest, lengths[start])
            members = end - start
            length = min(common, shortest - 1) if members > 1 else 0
            cost = best[start] + total - (members - 1) * length
            if cost < best[end]:
                best[end], cut[end], prefix_of[end] = cost, start, length
    groups, end = [], len(order)
    while end:
        start = cut[end]
        groups.append(Group(tuple(order[start:end]), prefix_of[end]))
        end = start
    return groups[::-1]


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    for at, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return at
    return min(len(first), len(second))
