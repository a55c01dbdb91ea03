"""All datasets of a recipe: read, cleaned, split, cleared of leaks, capped, rendered; and the table of what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from caibian.errors import ConfigError
from caibian.instructions.labelled import leaks, splits
from caibian.instructions.labelled.clean import rows_of
from caibian.instructions.labelled.config import DatasetSettings, Wording
from caibian.instructions.labelled.read import read
from caibian.instructions.labelled.render import render
from caibian.instructions.labelled.rows import OPEN, SPLITS, TRAIN, VALIDATION, Rows
from caibian.progress import Task
from caibian.tasks import TaskCard, card


@dataclass(frozen=True)
class Built:
    """One dataset's examples as a table, and its line of the report."""

    table: pa.Table
    figures: dict[str, Any]
    read: int


def build(
    settings: Sequence[DatasetSettings],
    *,
    seed: int,
    wording: Wording = "native",
    dedupe: bool = True,
    pool: Mapping[str, Mapping[Any, Sequence[str]]] | None = None,
    cards: Mapping[str, TaskCard] | None = None,
    task: Task | None = None,
) -> list[Built]:
    """The examples of every dataset.

    Two datasets of one file share their split, so that one's test rows are not the other's training rows.

    Args:
        dedupe: search for copies and leaks; without it rows are only cleaned, split and rendered.
        pool: card id -> language -> more wordings of its instructions.
        cards: task cards beside the packaged ones.

    Raises:
        ConfigError: a dataset card and its task card do not fit.
        InputError: a file is unreadable or lacks a column.
    """
    if not settings:
        return []
    datasets: list[Rows] = []
    counts: list[int] = []
    for one in settings:
        path = one.path
        if path is None:
            raise ConfigError(
                f"dataset {one.id}: no file; give path, or data with the folder that holds {one.card.file}"
            )
        dropped: Counter[str] = Counter()
        table = read(one.card, path, dropped)
        counts.append(table.num_rows + dropped["broken_line"] + dropped["wrong_number_of_columns"])
        datasets.append(
            rows_of(one, card(one.card.card, dict(cards) if cards else None), table, dropped, dedupe)
        )
        if task is not None:
            task.advance()
    found = leaks.clusters(datasets) if dedupe else [np.arange(len(rows)) for rows in datasets]
    _split(datasets, found, seed)
    if dedupe:
        leaks.drop_leaks(datasets, found)
    for rows in datasets:
        splits.cap(rows, seed)
    return [
        Built(
            render(rows, wording, seed, (pool or {}).get(rows.card.id, {})),
            _figures(rows, read_rows),
            read_rows,
        )
        for rows, read_rows in zip(datasets, counts, strict=True)
    ]


def _split(datasets: Sequence[Rows], clusters: Sequence[np.ndarray[Any, Any]], seed: int) -> None:
    """Splits of our own; datasets of one file take the split of the first that has the row."""
    decided: dict[tuple[Path | None, bool], dict[int, int]] = {}
    for rows, cluster in zip(datasets, clusters, strict=True):
        before = decided.setdefault((rows.settings.path, rows.time is not None), {})
        if before:
            known = np.array([before.get(int(number), -1) for number in rows.number], dtype=np.int8)
            taken = (rows.split == OPEN) | ((rows.split == TRAIN) & (known == VALIDATION))
            rows.split = np.where(taken & (known >= 0), known, rows.split).astype(np.int8)
        splits.draw_open(rows, cluster, seed)
        if not before:
            splits.draw_validation(rows, cluster, seed)
        before.update(zip(rows.number.tolist(), rows.split.tolist(), strict=True))


def _figures(rows: Rows, read_rows: int) -> dict[str, Any]:
    counts = {name: int((rows.split == code).sum()) for code, name in enumerate(SPLITS)}
    labels = {
        name: {
            label: int(((rows.split == code) & (rows.label == place)).sum())
            for place, label in enumerate(rows.labels)
        }
        for code, name in enumerate(SPLITS)
        if counts[name]
    }
    return {
        "dataset": rows.dataset.id,
        "name": rows.dataset.name,
        "language": rows.dataset.language,
        "task": rows.dataset.task,
        "capability": rows.dataset.capability,
        "card": rows.card.id,
        "licence": rows.dataset.licence,
        "rows": read_rows,
        "examples": counts,
        "labels": labels if rows.labels else {},
        "dropped": dict(sorted(rows.dropped.items(), key=lambda item: (-item[1], item[0]))),
        "labels_merged": dict(rows.merged),
    }
