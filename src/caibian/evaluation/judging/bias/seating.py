"""What the seats do to a judge: who is first from the first seat, what reversal turns round, where the empty answer goes.

**Flips.** A judge whose verdict wavers turns pairs round under any second asking: with 70 % of pairs right each time, on
independent draws, .42 of all pairs change under reversal though seats play no part. So the flip rate itself condemns
nobody up to .5, which is the most that wavering alone can give (2p(1-p) <= 1/2). What seats cause shows in the
direction: of the pairs that flip, those won twice by the *earlier* seat less those won twice by the *later* one. Wavering
fills both alike; a judge led by seats fills one. Their difference, `decided_by_seat`, is the share of pairs that the
seat decides, and is held against .25. The two directions are what Zheng et al. (Judging LLM-as-a-Judge, 2023, table 2)
call biased toward first and toward second, their difference the preference fairness of Shi et al. (Judging the Judges,
2024). `wavering` stands beside it: how often a pair changes between two presentations that keep its order of seats.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from caibian.evaluation.judging.bias.measured import Measured, difference, not_measured, share
from caibian.evaluation.judging.bias.sheet import NOT_SHOWN, Integers, Sheet

FIRST_SEAT_REACH = 0.10  # to either side of 1/n
DECIDED_BY_SEAT_MOST = 0.25
FLIPS_MOST = 0.50
EMPTY_NOT_LAST_MOST = 0.05


def first_seat(given: Sheet, seed: int) -> Measured:
    """How often the answer in the first seat after the empty one is placed first, against chance, 1/n."""
    rows = np.flatnonzero(given.shown >= 2)
    if not len(rows):
        return not_measured("first_seat", "no_observations")
    first = ((given.seat[rows] == 0) & (given.place[rows] == 0)).any(axis=1).astype(float)
    chance = 1 / given.shown[rows]
    ones = given.per_item(rows, np.ones(len(rows)))
    expected = float(chance.mean())
    if len(set(given.shown[rows].tolist())) == 1:
        found = share("first_seat", given.per_item(rows, first), ones, seed)
    else:  # different numbers of seats: the difference from chance is resampled, and told around the mean of chance
        found = difference("first_seat", given.per_item(rows, first - chance + expected), ones, seed)
    return found.held(expected - FIRST_SEAT_REACH, expected + FIRST_SEAT_REACH)


def reversal(given: Sheet, seed: int) -> list[Measured]:
    """`flips`, `decided_by_seat` and `wavering` over pairs of answers."""
    wins, sits = given.pairs()
    before, after = _reversed(given)
    names = ("flips", "decided_by_seat")
    if not len(before):
        return [*(not_measured(name, "no_reversal") for name in names), _wavering(given, wins, sits, seed)]
    seated, again = wins[before] * sits[before], wins[after] * sits[after]
    earlier = ((seated == 1) & (again == 1)).sum(axis=1)
    later = ((seated == -1) & (again == -1)).sum(axis=1)
    both = ((seated != 0) & (again != 0)).sum(axis=1)
    by_item = given.per_item(before, np.stack([earlier + later, earlier - later, both], axis=1).astype(float))
    flips = share("flips", by_item[:, 0], by_item[:, 2], seed).held(most=FLIPS_MOST)
    net = difference("decided_by_seat", by_item[:, 1], by_item[:, 2], seed)
    net = net.held(-DECIDED_BY_SEAT_MOST, DECIDED_BY_SEAT_MOST)
    return [flips, net, _wavering(given, wins, sits, seed)]


def empty_not_last(given: Sheet, seed: int) -> Measured:
    """How often something stands below the empty answer."""
    rows = np.flatnonzero(given.empty_place != NOT_SHOWN)
    if not len(rows):
        return not_measured("empty_not_last", "no_empty_answer")
    wrong = (given.empty_place[rows] < given.shown[rows]).astype(float)
    by_item = given.per_item(rows, np.stack([wrong, np.ones_like(wrong)], axis=1))
    return share("empty_not_last", by_item[:, 0], by_item[:, 1], seed).held(most=EMPTY_NOT_LAST_MOST)


def first_by_seat(given: Sheet) -> list[float]:
    """How often each seat's answer is placed first, of the rankings that have such a seat."""
    rates = []
    for seat in range(int(given.shown.max(initial=0))):
        rows = given.shown > seat
        rates.append(round(float(((given.seat == seat) & (given.place == 0))[rows].any(axis=1).mean()), 4))
    return rates


def _by_repeat(given: Sheet) -> dict[int, Integers]:
    """Repeat -> row of each item, -1 where it has none."""
    found: dict[int, Integers] = {}
    for repeat in sorted(set(given.repeat.tolist())):
        rows = np.flatnonzero(given.repeat == repeat)
        found[repeat] = np.full(len(given.items), -1)
        found[repeat][given.item[rows]] = rows
    return found


def _reversed(given: Sheet) -> tuple[Integers, Integers]:
    """Rows of the even repeats whose next repeat shows the same answers in reverse, and rows of those."""
    rows = _by_repeat(given)
    before, after = [], []
    for repeat, first in rows.items():
        if repeat % 2 or repeat + 1 not in rows:
            continue
        second = rows[repeat + 1]
        there = (first >= 0) & (second >= 0)
        a, b = first[there], second[there]
        shown = given.seat[a] != NOT_SHOWN
        mirrored = np.where(shown, given.seat[a] + given.seat[b] == given.shown[a][:, None] - 1, True)
        same = (shown == (given.seat[b] != NOT_SHOWN)).all(axis=1) & mirrored.all(axis=1)
        before.append(a[same])
        after.append(b[same])
    return _joined(before), _joined(after)


def _wavering(given: Sheet, wins: Integers, sits: Integers, seed: int) -> Measured:
    """How often a pair changes between two different presentations of an item that keep its order of seats."""
    changed, kept, owner = [], [], []
    for first, second in combinations(_by_repeat(given).values(), 2):
        there = (first >= 0) & (second >= 0)
        a, b = first[there], second[there]
        differs = (given.seat[a] != given.seat[b]).any(
            axis=1
        )  # a greedy judge answers the same question alike
        a, b = a[differs], b[differs]
        keeps = (sits[a] == sits[b]) & (sits[a] != 0)
        changed.append(((wins[a] != wins[b]) & keeps).sum(axis=1))
        kept.append(keeps.sum(axis=1))
        owner.append(a)
    if not kept:
        return not_measured("wavering", "one_repeat")
    by_item = given.per_item(
        _joined(owner), np.stack([_joined(changed), _joined(kept)], axis=1).astype(float)
    )
    return share("wavering", by_item[:, 0], by_item[:, 1], seed)


def _joined(parts: list[Integers]) -> Integers:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
