"""Some leaks to read: a training example beside the test example that it gives away."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from caibian.instructions.audit.columns import Columns
from caibian.instructions.audit.leakage import Leaks
from caibian.instructions.audit.likeness import Likeness
from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.texts import COLUMNS, compared
from caibian.instructions.labelled.leaks import NGRAM
from caibian.instructions.labelled.rows import TEST, TRAIN, rank
from caibian.records import Example
from caibian.similarity import longest_common_substring, ngram_hashes

_READ = 12  # pairs; a person sees the pattern by then
_SHOWN = 1200  # characters of a text
_AROUND = 200  # characters on either side of a shared run
_PARTNERS = 4096  # test texts looked through for the run that a training text shares


def to_read(
    examples: Examples, columns: Columns, alike: Likeness, leaks: Leaks, seed: int
) -> list[dict[str, Any]]:
    """Leaking training examples, drawn by the seed, each with the kind of its leak and a test example that it gives
    away; of texts that share a run, what stands around it."""
    rows = alike.rows_with(columns.split == TRAIN, leaks.side("left", "any"))
    met = alike.rows_with(columns.split == TEST, leaks.side("right", "any"))
    if not len(rows) or not len(met):
        return []
    rows = rows[np.argsort(rank(seed, rows), kind="stable")][:_READ]
    searched = met[np.argsort(rank(seed, met), kind="stable")][:_PARTNERS]
    by_run = _sharing_a_run(*(_compared(examples, places) for places in (rows, searched)))
    chosen: list[tuple[str, int, int]] = []
    for row, partner in zip(rows.tolist(), by_run, strict=True):
        text = alike.text[row]
        same, near = (
            key[alike.text[met]] == key[text] for key in (np.arange(len(alike.first)), alike.cluster)
        )
        if same.any():
            chosen.append(("exact", row, int(met[np.argmax(same)])))
        elif near.any():
            chosen.append(("near", row, int(met[np.argmax(near)])))
        elif partner is not None:
            chosen.append(("run", row, int(searched[partner])))
    taken = examples.take(np.array([place for _, *both in chosen for place in both], dtype=np.int64))
    return [_pair(kind, *taken[2 * k : 2 * k + 2]) for k, (kind, _, _) in enumerate(chosen)]


def _pair(kind: str, train: Example, test: Example) -> dict[str, Any]:
    texts = [one.input or one.instruction for one in (train, test)]
    shared = longest_common_substring(*texts) if kind == "run" else ""
    return {
        "kind": kind,
        **{
            side: {"id": one.id, "dataset": one.dataset, "card": one.card, **_shown(text, shared)}
            for side, one, text in zip(("train", "test"), (train, test), texts, strict=True)
        },
    }


def _shown(text: str, shared: str) -> dict[str, str]:
    """A text, or what stands around the run of characters that it shares; `shared` is the run as it is written here."""
    # The run is folded: what folding drops may stand between any two of its characters.
    pattern = r"[\W_]*".join(map(re.escape, shared))
    found = re.search(pattern, text, re.IGNORECASE) if shared else None
    if found is None:
        return {"text": text[:_SHOWN], "shared": ""}
    first, last = max(0, found.start() - _AROUND), min(len(text), found.end() + _AROUND)
    cut = "…" * (first > 0) + text[first:last] + "…" * (last < len(text))
    return {"text": cut, "shared": found.group()}


def _sharing_a_run(given: list[str], asked: list[str]) -> list[int | None]:
    """For each text given, the first of the texts asked that shares a run of NGRAM tokens with it."""
    hashes, owner = ngram_hashes([*given, *asked], NGRAM)
    of_asked = owner >= len(given)
    found: list[int | None] = []
    for k in range(len(given)):
        hits = owner[of_asked & np.isin(hashes, hashes[owner == k])]
        found.append(int(hits.min()) - len(given) if len(hits) else None)
    return found


def _compared(examples: Examples, places: NDArray[np.int64]) -> list[str]:
    return compared(
        pa.table({name: pa.array(examples.column(name, places), pa.string()) for name in COLUMNS})
    )
