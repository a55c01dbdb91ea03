"""Which texts stand in training data: the same, nearly the same, or with a long run of tokens in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from caibian.errors import InputError
from caibian.evaluation.sets.candidates import Source
from caibian.files import sha256
from caibian.instructions.audit.texts import COLUMNS, compared
from caibian.instructions.labelled.leaks import NGRAM, THRESHOLD
from caibian.progress import Task
from caibian.similarity import cluster_signatures, minhash_signatures, ngram_hashes

Mask = NDArray[np.bool_]

_READ = (*COLUMNS, "output")
_BLOCK = 1 << 14  # training examples compared at a time: about 60 MB of long news
Reasons = dict[str, Mask]


def training_sources(paths: Sequence[Path]) -> list[Source]:
    """Files of training examples, the same file once.

    Raises:
        InputError: a file is no Parquet of examples.
    """
    found = {}
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                rows, names = file.metadata.num_rows, file.schema_arrow.names
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(f"{path}: not a readable Parquet file ({error})") from error
        if lacking := [name for name in _READ if name not in names]:
            raise InputError(f"{path}: no examples: lacks the column {', '.join(lacking)}")
        digest = sha256(path)
        found[digest] = Source(path, digest, rows)
    return [found[digest] for digest in sorted(found)]


def contaminated(
    texts: Sequence[str],
    references: Sequence[str],
    training: Sequence[Source],
    *,
    tokens: int = NGRAM,
    task: Task | None = None,
) -> Reasons:
    """Reason -> which examples it hits, the strongest first; a text that is the same is also nearly the same.

    Training passes by in blocks; only the hashes of what is looked for stay in memory.

    Args:
        texts: inputs, as `compared` gives them; held against inputs.
        references: published answers, held against those of training; empty ones are not compared.
        tokens: how many in a row are too many in common.
    """
    same, near = np.zeros(len(texts), dtype=bool), np.zeros(len(texts), dtype=bool)
    signatures = minhash_signatures(texts)
    runs, answers = _Runs(texts, tokens), _Runs(references, tokens)
    for block, outputs in _blocks(training):
        there = set(block)
        same |= np.fromiter((text in there for text in texts), dtype=bool, count=len(texts))
        cluster = cluster_signatures(np.concatenate([signatures, minhash_signatures(block)]), THRESHOLD)
        near |= np.isin(cluster[: len(texts)], cluster[len(texts) :])
        runs.meet(block)
        answers.meet(outputs)
        if task is not None:
            task.advance(len(block))
    return {
        "same_text_in_training": same,
        "near_duplicate_in_training": near,
        f"shares_{tokens}_tokens_with_training": runs.hit(),
        f"reference_shares_{tokens}_tokens_with_training": answers.hit(),
    }


class _Runs:
    """The runs of so many tokens of some texts, and which of them were met elsewhere."""

    def __init__(self, texts: Sequence[str], tokens: int) -> None:
        self._tokens = tokens
        self._hashes, self._owner = ngram_hashes(texts, tokens)
        self._known = np.unique(self._hashes)
        self._met = np.zeros(len(self._known), dtype=bool)
        self._texts = len(texts)

    def meet(self, others: Sequence[str]) -> None:
        """Mark the runs that stand in other texts."""
        if len(self._known):
            theirs = np.unique(ngram_hashes(others, self._tokens)[0])
            place = np.minimum(np.searchsorted(self._known, theirs), len(self._known) - 1)
            self._met[place[self._known[place] == theirs]] = True

    def hit(self) -> Mask:
        """The texts with a run that was met."""
        found = np.zeros(self._texts, dtype=bool)
        if len(self._known):
            found[self._owner[self._met[np.searchsorted(self._known, self._hashes)]]] = True
        return found


def near_duplicates(texts: Sequence[str]) -> list[int]:
    """The cluster of each text; equal numbers are near-duplicates."""
    clusters: list[int] = cluster_signatures(minhash_signatures(texts), THRESHOLD).tolist()
    return clusters


def _blocks(training: Sequence[Source]) -> Iterator[tuple[list[str], list[str]]]:
    """Inputs and outputs, a block at a time."""
    for source in training:
        with pq.ParquetFile(source.path) as file:
            for batch in file.iter_batches(_BLOCK, columns=list(_READ)):
                table = pa.Table.from_batches([batch])
                yield compared(table), table["output"].to_pylist()
