"""No text of a test split in training: near-duplicates and long common runs, over all datasets of a recipe at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.labelled.rows import TEST, TRAIN, VALIDATION, WINS, Rows
from caibian.similarity import cluster_signatures, minhash_signatures, ngram_hashes

THRESHOLD = 0.8  # Jaccard similarity of five-character shingles
NGRAM = 13  # words, in Chinese characters: Brown et al. 2020, appendix C


def clusters(datasets: Sequence[Rows]) -> list[NDArray[np.int64]]:
    """For each dataset the cluster of each row: equal numbers are near-duplicates, over all datasets."""
    texts = [text for rows in datasets for text in _keys(rows)]
    found = cluster_signatures(minhash_signatures(texts), THRESHOLD)
    return np.split(found, np.cumsum([len(rows) for rows in datasets])[:-1])


def drop_leaks(datasets: Sequence[Rows], cluster: Sequence[NDArray[np.int64]]) -> None:
    """Take out the rows of losing splits: test wins over validation over train over extra."""
    masks = near_duplicates([rows.split for rows in datasets], cluster)
    for rows, gone in zip(datasets, masks, strict=True):
        rows.drop("near_duplicate_in_held_out", gone)
    splits = [rows.split for rows in datasets]
    texts = [text for rows in datasets for text in _texts(rows)]
    shared = np.split(
        shared_runs(texts, np.concatenate(splits)), np.cumsum([len(rows) for rows in datasets])[:-1]
    )
    for rows, gone in zip(datasets, shared, strict=True):
        rows.drop(f"shares_{NGRAM}_tokens_with_test", gone)


def near_duplicates(
    splits: Sequence[NDArray[np.int8]], cluster: Sequence[NDArray[np.int64]]
) -> list[NDArray[np.bool_]]:
    """Which rows have a near-duplicate in a split that wins over theirs."""
    win = [WINS[split] for split in splits]
    best = np.full(max((int(c.max()) for c in cluster if len(c)), default=-1) + 1, len(WINS))
    for places, own in zip(cluster, win, strict=True):
        np.minimum.at(best, places, own)
    return [best[places] < own for places, own in zip(cluster, win, strict=True)]


def shared_runs(texts: Sequence[str], split: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which texts of train and validation share a run of NGRAM tokens with a text of test."""
    hashes, owner = ngram_hashes(texts, NGRAM)
    of_test = split[owner] == TEST
    found = np.isin(hashes, np.unique(hashes[of_test]))
    gone = np.zeros(len(texts), dtype=bool)
    gone[owner[found & np.isin(split[owner], (TRAIN, VALIDATION))]] = True
    return gone


def _keys(rows: Rows) -> list[str]:
    assert rows.key is not None
    return rows.key.to_pylist()  # type: ignore[no-any-return]


def _texts(rows: Rows) -> list[str]:
    columns = [column.to_pylist() for column in rows.fields.values()]
    return columns[0] if len(columns) == 1 else [" ".join(parts) for parts in zip(*columns, strict=True)]
