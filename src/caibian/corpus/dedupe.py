"""Which of the kept articles say the same: exact copies, near-duplicates, repeated headlines; and their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caibian.corpus.config import DedupeConfig
from caibian.similarity import cluster_signatures, fold, minhash_signatures

Rows = NDArray[np.int64]
_TITLE_SHINGLE = 2  # characters: a headline of twenty has too few runs of five to compare
_MIN_NEAR_TITLE = 8  # characters; shorter headlines (快讯, 今日关注) join only when they are the same


def unique_rows(
    contents: Sequence[bytes],
    signatures: NDArray[np.uint32],
    config: DedupeConfig,
    dropped: Counter[str],
) -> tuple[Rows, Rows]:
    """Find copies and near-duplicates among articles, in their order.

    Args:
        contents: a digest of each folded body.
        signatures: MinHash signatures of the bodies, uint32, shape (len(contents), 128).
        dropped: counts `duplicate` and `near_duplicate`.

    Returns:
        The rows that stay, and for each of them the cluster of near-duplicate bodies as its first row.
    """
    rows = np.arange(len(contents), dtype=np.int64)
    if config.exact:
        first: dict[bytes, int] = {}
        rows = np.array(
            [row for row, content in enumerate(contents) if first.setdefault(content, row) == row], np.int64
        )
        if copies := len(contents) - len(rows):
            dropped["duplicate"] += copies
    clusters = rows[cluster_signatures(signatures[rows], config.threshold)] if len(rows) else rows
    if config.near == "drop":
        alone = clusters == rows
        if copies := int(np.count_nonzero(~alone)):
            dropped["near_duplicate"] += copies
        rows, clusters = rows[alone], clusters[alone]
    return rows, clusters


def join_titles(titles: Sequence[str | None], clusters: Rows, threshold: float | None) -> Rows:
    """Join clusters whose articles have the same or nearly the same headline.

    Args:
        titles: one per article.
        clusters: the cluster of each article, any integers.
        threshold: Jaccard similarity of 2-character shingles; None joins nothing.

    Returns:
        For each article the position of the first article of its joined cluster.
    """
    parent = list(range(len(titles)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        parent[second] = first

    seen: dict[Any, int] = {}
    for position, cluster in enumerate(clusters.tolist()):
        join(seen.setdefault(cluster, position), position)
    if threshold is not None:
        folded = [fold(title) if title else "" for title in titles]
        same: dict[str, int] = {}
        for position, title in enumerate(folded):
            if title:
                join(same.setdefault(title, position), position)
        long = [position for title, position in same.items() if len(title) >= _MIN_NEAR_TITLE]
        if long:
            signatures = minhash_signatures([folded[position] for position in long], size=_TITLE_SHINGLE)
            for member, first in enumerate(cluster_signatures(signatures, threshold).tolist()):
                join(long[first], long[member])
    return np.array([root(position) for position in range(len(titles))], dtype=np.int64)


def unique_ids(ids: Sequence[str], contents: Sequence[bytes]) -> tuple[list[str], int]:
    """Make ids unique: a later article of the same id gets `<id>-<8 hex digits of its content>`.

    Returns the ids and how many were derived.
    """
    taken = set(ids)
    seen: set[str] = set()
    unique: list[str] = []
    derived = 0
    for own, content in zip(ids, contents, strict=True):
        name = own
        if own in seen:
            derived += 1
            name = base = f"{own}-{content.hex()[:8]}"
            number = 1
            while name in taken:
                number += 1
                name = f"{base}-{number}"
            taken.add(name)
        seen.add(name)
        unique.append(name)
    return unique, derived
