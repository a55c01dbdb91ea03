"""Near-duplicates among many texts by MinHash (Broder 1997) and banding; signatures come from `rensa` (Rust)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caibian.similarity._shingles import SHINGLE, shingle_hashes

PERMUTATIONS = 128  # the estimate's standard error is sqrt(J(1-J)/128): .035 at a similarity of .8
SEED = 42
EMPTY = np.uint32(0xFFFFFFFF)  # a signature full of this belongs to a text without any letter

_CHARACTERS_AT_ONCE = 1 << 21  # 2 million: bounds the working arrays to about 100 MB

Signatures = NDArray[np.uint32]


def minhash_signatures(texts: Sequence[str], *, size: int = SHINGLE, seed: int = SEED) -> Signatures:
    """MinHash signatures of the texts' character shingles: uint32, shape (len(texts), 128).

    Equal positions of two rows, as a share, estimate the Jaccard similarity of the two texts' shingles. The same
    text and seed give the same signature in every process.
    """
    import rensa

    rows: list[Signatures] = []
    batch: list[str] = []
    room = _CHARACTERS_AT_ONCE
    for index, text in enumerate(texts):
        batch.append(text)
        room -= len(text)
        if room <= 0 or index == len(texts) - 1:
            hashes, offsets = shingle_hashes(batch, size)
            matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, PERMUTATIONS, seed)
            rows.append(np.array(matrix.to_rows(), dtype=np.uint32).reshape(len(batch), PERMUTATIONS))
            batch, room = [], _CHARACTERS_AT_ONCE
    return np.concatenate(rows) if rows else np.empty((0, PERMUTATIONS), dtype=np.uint32)


def near_duplicate_clusters(
    texts: Sequence[str], threshold: float = 0.8, *, size: int = SHINGLE
) -> list[int]:
    """The cluster of each text: the index of the first text it is, directly or through others, alike to.

    Args:
        texts: any texts; those without a letter or digit each stay alone.
        threshold: the estimated Jaccard similarity of shingles from which two texts are near-duplicates.
        size: characters per shingle; 5 suits articles, 2 or 3 headlines.
    """
    return cluster_signatures(minhash_signatures(texts, size=size), threshold).tolist()


def cluster_signatures(signatures: Signatures, threshold: float = 0.8) -> NDArray[np.int64]:
    """The cluster of each signature, as the index of its first member: int64, shape (len(signatures),).

    Candidates are rows that agree in a whole band of positions; they join where all 128 positions together reach
    `threshold`. Time and memory grow with the rows, not with their square.

    Raises:
        ValueError: `threshold` is not in (0, 1].
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be in (0, 1], got {threshold}")
    parent = np.arange(len(signatures), dtype=np.int64)
    filled = np.flatnonzero((signatures != EMPTY).any(axis=1))
    rows_per_band = _rows_per_band(threshold)
    for start in range(0, PERMUTATIONS - rows_per_band + 1, rows_per_band):
        band = np.ascontiguousarray(signatures[filled, start : start + rows_per_band])
        keys = band.view(np.dtype((np.void, band.dtype.itemsize * rows_per_band))).ravel()
        _, bucket_of = np.unique(keys, return_inverse=True)
        order = np.argsort(bucket_of, kind="stable")
        same = np.flatnonzero(bucket_of[order][1:] == bucket_of[order][:-1])
        if not len(same):
            continue
        first = _first_of_bucket(bucket_of[order])
        for left in (
            first[same + 1],
            same,
        ):  # each member against its bucket's first and against its neighbour
            _join(parent, signatures, filled[order[left]], filled[order[same + 1]], threshold)
    return np.array([_root(parent, index) for index in range(len(parent))], dtype=np.int64)


def _rows_per_band(threshold: float) -> int:
    """The widest band that still finds a pair at the threshold with a probability of at least .99."""
    for rows in (16, 8, 4, 2):
        if 1 - (1 - threshold**rows) ** (PERMUTATIONS // rows) >= 0.99:
            return rows
    return 1


def _first_of_bucket(buckets: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each place of a sorted array, the place at which its run of equal values begins."""
    begins = np.concatenate(([True], buckets[1:] != buckets[:-1]))
    return np.maximum.accumulate(np.where(begins, np.arange(len(buckets)), 0))


def _join(
    parent: NDArray[np.int64],
    signatures: Signatures,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    threshold: float,
) -> None:
    """Unite the pairs whose estimated similarity reaches the threshold."""
    block = 1 << 16  # pairs compared at once: 2 x 32 MB of signatures
    for begin in range(0, len(left), block):
        lefts, rights = left[begin : begin + block], right[begin : begin + block]
        alike = (signatures[lefts] == signatures[rights]).mean(axis=1) >= threshold
        for one, other in zip(lefts[alike].tolist(), rights[alike].tolist(), strict=True):
            first, second = _root(parent, one), _root(parent, other)
            if first != second:
                parent[max(first, second)] = min(first, second)


def _root(parent: NDArray[np.int64], index: int) -> int:
    """The first member of a cluster, by path halving (Tarjan and van Leeuwen 1984)."""
    while parent[index] != index:
        parent[index] = parent[parent[index]]
        index = int(parent[index])
    return index
