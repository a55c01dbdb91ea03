"""Agreement by plain code, written from the definitions alone, to hold the page against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

Orders = Mapping[str, Sequence[Sequence[str]]]  # item -> an order of each rater, best first


def ordinal_alpha(orders: Orders) -> float:
    """Krippendorff's alpha for ordinal data (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, D)."""
    units = [[order.index(system) + 1 for order in given] for given in orders.values() for system in given[0]]
    coincidences: Counter[tuple[int, int]] = Counter()
    for values in units:
        for i, one in enumerate(values):
            for j, other in enumerate(values):
                if i != j:
                    coincidences[one, other] += 1 / (len(values) - 1)
    totals: Counter[int] = Counter()
    for (one, _), weight in coincidences.items():
        totals[one] += weight
    n = sum(totals.values())

    def squared(one: int, other: int) -> float:
        low, high = sorted((one, other))
        between = sum(totals[value] for value in range(low, high + 1))
        return (between - (totals[low] + totals[high]) / 2) ** 2

    observed = sum(weight * squared(*pair) for pair, weight in coincidences.items())
    expected = sum(totals[a] * totals[b] * squared(a, b) for a in totals for b in totals)
    return 1 - (n - 1) * observed / expected


def kendall_w(orders: Orders) -> float:
    """Kendall's W of each item, averaged: 12 S / (m² (n³ - n))."""
    found = []
    for given in orders.values():
        m, n = len(given), len(given[0])
        sums = [sum(order.index(system) + 1 for order in given) for system in given[0]]
        mean = sum(sums) / n
        found.append(12 * sum((one - mean) ** 2 for one in sums) / (m**2 * (n**3 - n)))
    return sum(found) / len(found)


def pairwise_agreement(orders: Orders) -> float:
    """Of all pairs of systems that two raters ordered: the share they ordered alike."""
    alike = [
        (one.index(a) < one.index(b)) == (other.index(a) < other.index(b))
        for given in orders.values()
        for one, other in combinations(given, 2)
        for a, b in combinations(given[0], 2)
    ]
    return sum(alike) / len(alike)
