"""In which order examples are learnt and in which proportions they are taken: places in a table, nothing moved.

All draws follow from the seed alone: same rows, same settings, same seed, same bytes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Order = Literal["shuffle", "alphabetical", "language", "task", "short_first"]
Places = NDArray[np.int64]

_SORTED_BY = {"alphabetical": ("dataset",), "language": ("language", "dataset"), "task": ("card", "dataset")}


class MixSettings(BaseModel):
    """How training examples of several cards and datasets are put together."""

    model_config = ConfigDict(extra="forbid")

    order: Order = Field(
        "shuffle",
        description="shuffle; alphabetical by dataset; by language; by task (in each of the three a dataset's examples are "
        "shuffled among themselves); short_first: a curriculum by length of input and output.",
    )
    general_share: float | None = Field(
        None, gt=0, lt=1,
        description="Share of general examples (datasets marked `general`) in training; of the side that is too large "
        "examples are left out. Null takes all.",
    )  # fmt: skip
    temperature: float | None = Field(
        None, ge=1,
        description="Sample datasets with probabilities in proportion to size ** (1 / temperature) (Devlin et al. 2018 for "
        "languages): 1 keeps the shares, larger makes them even. Examples are only left out, never repeated. Null takes all.",
    )  # fmt: skip
    total: int | None = Field(
        None, gt=0, description="Most training examples after mixing; null: as many as there are."
    )


def places(
    table: pa.Table, settings: MixSettings, seed: int, general: frozenset[str] = frozenset()
) -> Places:
    """The rows of a table of examples to take, in the order to take them.

    Args:
        table: columns dataset, language, card, input and output of EXAMPLE_SCHEMA, in any encoding.
        general: datasets that count as general data.
    """
    draw = np.random.Generator(np.random.PCG64(seed))
    chosen = draw.permutation(table.num_rows)
    if settings.general_share is not None:
        chosen = _in_ratio(chosen, _is_in(table["dataset"], general), settings.general_share)
    if settings.temperature is not None or settings.total is not None:
        chosen = _tempered(chosen, _codes(table["dataset"]), settings.temperature or 1.0, settings.total)
    if settings.order == "shuffle":
        return chosen
    if settings.order == "short_first":
        lengths = sum(pc.utf8_length(table[name]).to_numpy().astype(np.int64) for name in ("input", "output"))
        return chosen[np.argsort(np.asarray(lengths)[chosen], kind="stable")]
    keys = [_codes(table[name])[chosen] for name in _SORTED_BY[settings.order]]
    return chosen[np.lexsort(keys[::-1])]


def _in_ratio(chosen: Places, general: NDArray[np.bool_], share: float) -> Places:
    """Rows of which `share` are general, as many as that allows."""
    is_general = general[chosen]
    have = int(is_general.sum())
    others = len(chosen) - have
    most = min(have, round(others * share / (1 - share)))
    keep_others = min(others, round(most * (1 - share) / share)) if most else others
    kept = np.where(is_general, np.cumsum(is_general) <= most, np.cumsum(~is_general) <= keep_others)
    return chosen[kept]


def _tempered(chosen: Places, dataset: NDArray[np.int64], temperature: float, total: int | None) -> Places:
    """The first rows of each dataset, as many as its share of the total, which goes by size ** (1 / temperature)."""
    own = dataset[chosen]
    counts = np.bincount(own)
    weights = np.where(counts > 0, np.maximum(counts, 1) ** (1.0 / temperature), 0)
    shares = weights / weights.sum()
    room = len(chosen) if total is None else min(total, len(chosen))
    if total is None:  # as many as there are while the shares hold: the scarcest dataset sets the size
        held = counts > 0
        room = int(np.floor((counts[held] / shares[held]).min()))
    quota = np.minimum(counts, np.floor(shares * room + 1e-9).astype(np.int64))
    while (missing := room - int(quota.sum())) > 0:  # what the small could not give falls to the others
        open_ = quota < counts
        if not open_.any():
            break
        more = np.where(open_, weights, 0)
        step = np.floor(more / more.sum() * missing).astype(np.int64)
        if not step.any():
            step[np.flatnonzero(open_)[:missing]] = 1
        quota = np.minimum(counts, quota + step)
    order = np.argsort(own, kind="stable")
    place = np.empty(len(own), dtype=np.int64)
    place[order] = np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts, counts)
    return chosen[place < quota[own]]


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Each value's place among the sorted different values."""
    values = column.cast(pa.string()).combine_chunks()
    encoded = pc.dictionary_encode(values)
    rank = np.argsort(np.argsort(np.array(encoded.dictionary.to_pylist(), dtype=object)))
    return rank[encoded.indices.to_numpy()] if len(rank) else np.empty(0, dtype=np.int64)


def _is_in(column: pa.ChunkedArray, names: frozenset[str]) -> NDArray[np.bool_]:
    wanted = pa.array(sorted(names), pa.string())
    return np.asarray(pc.is_in(column.cast(pa.string()), value_set=wanted).to_numpy(), dtype=bool)
