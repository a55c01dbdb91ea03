"""Splits of our own, where the publisher gives none: stratified by label, whole groups on one side, or by time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caibian.datasets.card import Shares
from caibian.instructions.balance import filled, power_of
from caibian.instructions.labelled.rows import OPEN, TEST, TRAIN, VALIDATION, Rows, rank

_ORDER = (TEST, VALIDATION, TRAIN)  # held-out sides are filled first: their size is what figures rest on


def draw_open(rows: Rows, cluster: NDArray[np.int64], seed: int) -> None:
    """Give every row with an open split one of train, validation and test.

    Args:
        cluster: equal numbers are near-duplicates, which stay together as rows of one group do; shape (rows,).
    """
    still = rows.split == OPEN
    if not still.any():
        return
    shares = rows.dataset.shares
    if rows.time is not None:
        rows.split[still] = _by_time(rows.time[still], cluster[still], shares)
        return
    groups = cluster[still] if rows.group is None else _united(rows.group[still], cluster[still])
    rows.split[still] = _stratified(groups, rows.label[still], shares, seed)


def draw_validation(rows: Rows, cluster: NDArray[np.int64], seed: int) -> None:
    """Take the card's `validation_share` out of train where the publisher gives no validation split."""
    share = rows.dataset.validation_share
    if share == 0 or (rows.split == VALIDATION).any() or not (rows.split == TRAIN).any():
        return
    train = rows.split == TRAIN
    groups = cluster[train] if rows.group is None else _united(rows.group[train], cluster[train])
    parts = Shares(train=1 - share, validation=share, test=0)
    rows.split[train] = _stratified(groups, rows.label[train], parts, seed)


def cap(rows: Rows, seed: int) -> None:
    """Keep the most rows that the settings allow of each split, labels in the shares they have there; in train as
    `balance` says."""
    limits = rows.settings.max_per_split.model_dump()
    drawn = rank(seed, rows.number)
    gone = np.zeros(len(rows), dtype=bool)
    for code, most in enumerate(limits[name] for name in ("train", "validation", "test", "extra")):
        own = np.flatnonzero(rows.split == code)
        if most is None or len(own) <= most:
            continue
        labels, counts = np.unique(rows.label[own], return_counts=True)
        power = power_of(rows.settings.balance) if code == TRAIN else 1.0
        quota = _quota(counts, most) if power == 1.0 else _weighted(counts, power, most)
        for label, room in zip(labels, quota, strict=True):
            those = own[rows.label[own] == label]
            gone[those[np.argsort(drawn[those], kind="stable")[room:]]] = True
    rows.drop("over_the_cap", gone)


def _quota(counts: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """`most` in the proportion of `counts`, by largest remainders; none above its count."""
    exact = counts * (most / counts.sum())
    whole = np.floor(exact).astype(np.int64)
    for place in np.argsort(whole - exact, kind="stable")[: most - int(whole.sum())]:
        whole[place] += 1
    return np.minimum(whole, counts)


def _weighted(counts: NDArray[np.int64], power: float, most: int) -> NDArray[np.int64]:
    """`most` in the proportion of `counts` to a power; none above its count, its room to the others."""
    each = {place: int(count) for place, count in enumerate(counts)}
    quota = filled(each, {place: count**power for place, count in each.items()}, most)
    return np.array([quota[place] for place in each])


def _by_time(time: NDArray[np.int64], cluster: NDArray[np.int64], shares: Shares) -> NDArray[np.int8]:
    """The newest into test, those before them into validation; a near-duplicate goes where its first copy is."""
    first = np.full(cluster.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, cluster, time)
    order = np.argsort(first[cluster], kind="stable")
    count = len(time)
    split = np.full(count, TRAIN, dtype=np.int8)
    train, validation = round(count * shares.train), round(count * shares.validation)
    split[order[train : train + validation]] = VALIDATION
    split[order[train + validation :]] = TEST
    whole = np.full(cluster.max() + 1, TEST, dtype=np.int8)
    whole[cluster[order[::-1]]] = split[order[::-1]]  # of a cluster cut in two, all go with the earliest
    return whole[cluster]


def _united(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of the groups that arise when rows equal in either number belong together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a = np.unique(left, return_inverse=True)[1]
    b = np.unique(right, return_inverse=True)[1] + a.max() + 1
    size = int(b.max()) + 1
    graph = coo_array((np.ones(len(a), dtype=bool), (a, b)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1])[a].astype(np.int64)


def _stratified(
    groups: NDArray[np.int64], labels: NDArray[np.int16], shares: Shares, seed: int
) -> NDArray[np.int8]:
    """Whole groups to sides so that each label comes near the shares; groups of one row fill them exactly.

    Large groups go first, each to the side that lacks most of what it holds; drawn by the seed among equals.
    """
    names, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    wanted = np.array([shares.test, shares.validation, shares.train])
    need = np.bincount(labels)[None, :] * wanted[:, None]  # (sides, labels): rows still wanted
    side = np.full(len(names), -1)
    rows_of_group = np.split(np.argsort(place, kind="stable"), np.cumsum(sizes)[:-1])
    drawn = rank(seed, np.array([rows[0] for rows in rows_of_group], dtype=np.int64))
    for group in np.lexsort((drawn, -sizes)):
        if sizes[group] == 1:
            break
        own = np.bincount(labels[rows_of_group[group]], minlength=need.shape[1])
        # What a side lacks in proportion to what it wants, over the labels of the group.
        lack = (need * own).sum(axis=1) / np.maximum(wanted, 1e-9)
        lack[wanted == 0] = -np.inf
        side[group] = best = int(np.argmax(lack))
        need[best] -= own
    alone = np.flatnonzero(side < 0)
    row = np.array([rows_of_group[group][0] for group in alone], dtype=np.int64)
    for label in np.unique(labels[row]) if len(row) else ():
        those = alone[labels[row] == label]
        those = those[np.argsort(drawn[those], kind="stable")]
        test, validation = (max(0, round(need[k, label])) for k in (0, 1))
        side[those[:test]] = 0
        side[those[test : test + validation]] = 1
        side[those[test + validation :]] = 2
    return np.array(_ORDER, dtype=np.int8)[side[place]]
