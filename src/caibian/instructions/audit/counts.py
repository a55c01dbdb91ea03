"""How many examples there are, by whatever they are grouped."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from caibian.instructions.audit.columns import Columns
from caibian.instructions.audit.rows import Examples
from caibian.instructions.labelled.rows import SPLITS

_SOURCES = 5  # of those used most, to name


def counts(examples: Examples, columns: Columns) -> dict[str, Any]:
    """Examples by split, and in each split by card, dataset and language; what they come from; what is amiss with them."""
    return {
        "examples": len(columns),
        "splits": examples.counts,
        "cards": _by(columns, columns.card, columns.cards, "card"),
        "datasets": _by(columns, columns.dataset, columns.datasets, "dataset"),
        "languages": _by(columns, columns.language, columns.languages, "language"),
        "sources": _sources(examples, columns),
        "flaws": {
            "repeated_id": len(columns) - len(np.unique(columns.identity)),
            "empty_output": int((columns.output_characters == 0).sum()),
            "empty_prompt": int((columns.prompt_characters == 0).sum()),
            "other_split_named": columns.misfiled,
        },
    }


def _by(columns: Columns, codes: NDArray[np.int32], names: list[str], kind: str) -> list[dict[str, Any]]:
    """A line for each name, the most frequent first."""
    table = np.zeros((len(names), len(SPLITS)), dtype=np.int64)
    np.add.at(table, (codes, columns.split), 1)
    lines = [
        {kind: name, "total": int(row.sum()), **dict(zip(SPLITS, row.tolist(), strict=True))}
        for name, row in zip(names, table, strict=True)
    ]
    return sorted(lines, key=lambda line: (-line["total"], line[kind]))


def _sources(examples: Examples, columns: Columns) -> dict[str, Any]:
    """Articles or documents that examples name as what they come from."""
    _, first, uses = np.unique(columns.source, return_index=True, return_counts=True)
    datasets = []
    for code, name in enumerate(columns.datasets):
        own = columns.dataset[columns.source_row] == code
        if own.any():
            datasets.append(
                {
                    "dataset": name,
                    "examples": len(np.unique(columns.source_row[own])),
                    "sources": len(np.unique(columns.source[own])),
                }
            )
    most = np.lexsort((first, -uses))[:_SOURCES]
    most = most[uses[most] > 1]
    return {
        "examples": len(np.unique(columns.source_row)),
        "different": len(uses),
        "most_used": _named(examples, columns, first[most], uses[most]),
        "datasets": sorted(datasets, key=lambda line: (-line["examples"], line["dataset"])),
    }


def _named(
    examples: Examples, columns: Columns, places: NDArray[np.int64], uses: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """The names of sources, given where they stand among all (example, source) pairs."""
    rows = columns.source_row[places]
    at = places - np.searchsorted(columns.source_row, rows)  # which of its example's sources it is
    return [
        {"source": one.source_ids[k], "dataset": one.dataset, "examples": count}
        for one, k, count in zip(examples.take(rows), at.tolist(), uses.tolist(), strict=True)
    ]
