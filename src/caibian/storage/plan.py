"""Who ranks what, and in which seats: drawn by seed, balanced by construction. Pure functions, no database.

An item goes to several experts so that their agreement can be measured; loads differ by one item at most, and the
items that two experts share are spread evenly over all pairs. Seats rotate, so that no system gains from the place
where it stands (a Latin square in every block of as many items as there are answers).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

_MOST_SWAPS = 20_000  # tries to even out pairs; past a few thousand items they find little


def draw(items: Mapping[str, str], share: float, seed: int) -> list[str]:
    """A random share of the items, of each stratum as much as of all, in their order.

    Args:
        items: item -> its stratum, for instance its card and language.
        share: above 0, at most 1; at least one item is drawn.
    """
    rng = random.Random(f"draw {seed}")
    strata: dict[str, list[str]] = defaultdict(list)
    for item, stratum in items.items():
        strata[stratum].append(item)
    line = [item for name in sorted(strata) for item in rng.sample(strata[name], len(strata[name]))]
    wanted = min(len(line), max(1, round(share * len(line))))
    # Every (N / wanted)th from a random start: each stratum gives its share, give or take one item.
    step = len(line) / wanted if wanted else 0.0
    start = rng.random() * step
    drawn = {line[min(len(line) - 1, int(start + k * step))] for k in range(wanted)}
    return [item for item in items if item in drawn]


def allot(
    needs: Mapping[str, int],
    experts: Sequence[str],
    seed: int,
    held: Mapping[str, Collection[str]] | None = None,
) -> dict[str, list[str]]:
    """Which experts each item goes to.

    Args:
        needs: item -> how many experts it lacks.
        experts: those who may get items; nobody gets an item twice, so an item may lack experts afterwards.
        held: item -> those who have it already, of these experts or others.

    Returns:
        item -> its new experts. With nothing held, loads differ by one item at most.
    """
    rng = random.Random(f"allot {seed}")
    held = held or {}
    load = {expert: sum(expert in those for those in held.values()) for expert in experts}
    pairs = Counter(pair for those in held.values() for pair in _pairs(those))
    given: dict[str, list[str]] = {}
    for item in rng.sample(list(needs), len(needs)):
        chosen: list[str] = []
        before = list(held.get(item, ()))
        for _ in range(min(needs[item], len(set(experts) - set(before)))):
            free = [expert for expert in experts if expert not in chosen and expert not in before]
            least = min(load[expert] for expert in free)
            # Loads first, then the pairs met least; what is left is chance.
            chosen.append(
                min(
                    (expert for expert in free if load[expert] == least),
                    key=lambda e: (sum(pairs[_pair(e, other)] for other in chosen + before), rng.random()),
                )
            )
            load[chosen[-1]] += 1
        pairs.update(set(_pairs([*before, *chosen])) - set(_pairs(before)))
        given[item] = chosen
    if not held:
        _even_pairs(given, pairs, rng)
    return {item: given[item] for item in needs}


def seats(systems: Sequence[Sequence[str]], expert: str, seed: int) -> list[list[str]]:
    """The seat order of one expert's items, given each item's systems in the expert's order of items.

    Within each block of n items with the same n systems every system sits once in every seat.
    """
    rng = random.Random(f"seats {seed} {expert}")
    bases: dict[tuple[str, ...], tuple[list[str], list[int]]] = {}
    orders = []
    for those in systems:
        kind = tuple(sorted(those))
        base, turns = bases.get(kind, ([], []))
        if not turns:  # a block is full: the next has another order of systems and of turns
            base, turns = rng.sample(kind, len(kind)), rng.sample(range(len(kind)), len(kind))
            bases[kind] = (base, turns)
        turn = turns.pop()
        orders.append(base[turn:] + base[:turn])
    return orders


def sequence(items: Sequence[str], expert: str, seed: int) -> list[str]:
    """One expert's items in an order of their own, so that tiredness falls on other items with every expert."""
    return random.Random(f"sequence {seed} {expert}").sample(list(items), len(items))


def _even_pairs(given: dict[str, list[str]], pairs: Counter[tuple[str, str]], rng: random.Random) -> None:
    """Swap experts between items while that makes the numbers of shared items more alike; loads stay."""
    items = [item for item, those in given.items() if those]
    for _ in range(min(_MOST_SWAPS, 40 * len(items))):
        one, other = rng.choice(items), rng.choice(items)
        a, b = rng.choice(given[one]), rng.choice(given[other])
        if a in given[other] or b in given[one]:
            continue
        # Sum of squares is least when all pairs share the same; only pairs of a and b change.
        rest, others = [e for e in given[one] if e != a], [e for e in given[other] if e != b]
        change: Counter[tuple[str, str]] = Counter()
        for mates, leaves, comes in ((rest, a, b), (others, b, a)):
            for mate in mates:
                change[_pair(mate, leaves)] -= 1
                change[_pair(mate, comes)] += 1
        if sum(by * (2 * pairs[pair] + by) for pair, by in change.items()) < 0:
            pairs.update(change)
            given[one], given[other] = [*rest, b], [*others, a]


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _pairs(those: Collection[str]) -> list[tuple[str, str]]:
    names = sorted(those)
    return [(one, other) for k, one in enumerate(names) for other in names[k + 1 :]]
