"""From a file's columns to rows with a text, a known label and no copy; every row that goes is counted by reason."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from caibian.datasets.card import DatasetCard, fold_label
from caibian.errors import ConfigError
from caibian.instructions.labelled.config import DatasetSettings
from caibian.instructions.labelled.rows import DEFAULT_WIN, OPEN, SPLITS, WINS, Rows
from caibian.tasks import TaskCard

_MIN_LETTERS = 3  # letters or Han characters: fewer say nothing to judge
_LEAST_PART = 20_000  # rows: fewer are done before a thread is there
_UNKNOWN_SHOWN = 5  # unknown labels named in the report

Column = Any  # pyarrow.Array, which has no types


def rows_of(
    settings: DatasetSettings, card: TaskCard, table: pa.Table, dropped: Counter[str], dedupe: bool
) -> Rows:
    """The rows of a dataset that can become examples.

    Raises:
        ConfigError: the dataset card names labels or fields that the task card does not have.
    """
    dataset = settings.card
    _agree(dataset, card)
    fields = {name: _tidy(_stripped(dataset, column, table)) for name, column in dataset.fields.items()}
    labels, label, merged, unknown = _labels(dataset, card, table)
    rows = Rows(
        settings,
        dataset,
        card,
        number=np.arange(table.num_rows),
        fields=fields,
        label=label,
        output=_tidy(_stripped(dataset, dataset.output, table)) if dataset.output else None,
        split=_splits(dataset, table),
        labels=labels,
        group=_codes(table[dataset.group]) if dataset.group else None,
        time=_times(dataset, table),
        dropped=dropped,
        merged=merged,
    )
    first = table[next(iter(dataset.fields.values()))].combine_chunks()
    headers = pa.array(list({*dataset.columns, *map(str.upper, dataset.columns)}), pa.large_string())
    header = _true(pc.is_in(pc.utf8_trim_whitespace(first), value_set=headers))
    letters = _in_parts(
        lambda part: pc.count_substring_regex(part, r"\p{L}"), _joined([*fields.values()])
    ).to_numpy()
    empty = np.logical_or.reduce([_true(pc.equal(column, "")) for column in fields.values()])
    short, long = _beyond_limits(rows)
    unlabelled = rows.label == -2 if dataset.label else _true(pc.equal(rows.output, ""))
    reasons = np.select(
        [header, empty, letters < _MIN_LETTERS, unlabelled, rows.label == -1, rows.split == -2, short, long],
        [1, 2, 3, 4, 5, 6, 7, 8],
        0,
    )
    for code, reason in enumerate(
        (
            "header_leftover",
            "text_missing",
            "text_too_short",
            "label_missing",
            "label_unknown",
            "split_left_out",
            "output_too_short",
            "output_too_long",
        ),
        1,
    ):
        dropped[reason] += int((reasons == code).sum())
    for name, count in unknown.most_common(_UNKNOWN_SHOWN):
        dropped[f"label_unknown: {name}"] += count
    dropped -= Counter(dict.fromkeys(dropped, 0))
    rows.dropped = Counter({reason: count for reason, count in dropped.items() if count})
    rows.keep(reasons == 0)
    if dedupe:
        rows.key = _key(list(rows.fields.values()))
        drop_copies(rows)
    return rows


def _beyond_limits(rows: Rows) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which published texts are shorter, and which longer, than the task card asks for in the data's language."""
    nothing = np.zeros(len(rows), dtype=bool)
    if rows.output is None:
        return nothing, nothing
    language = rows.dataset.language if rows.card.output.language == "same" else rows.card.output.language
    least, most = rows.card.output.limits(language)
    counted = pc.replace_substring_regex(rows.output, r"\s", "") if language == "zh" else rows.output
    length = pc.utf8_length(counted).to_numpy()
    return length < (least or 0), length > (most or np.iinfo(np.int32).max)


def drop_copies(rows: Rows) -> None:
    """Leave each text once: none where its copies have different labels, else the copy of the winning split."""
    codes = _codes(rows.key)
    order = np.lexsort((rows.number, _wins(rows.split), codes))
    sorted_codes = codes[order]
    first = (
        np.concatenate(([True], sorted_codes[1:] != sorted_codes[:-1])) if len(order) else np.empty(0, bool)
    )
    start = (
        np.maximum.accumulate(np.where(first, np.arange(len(order)), 0)) if len(order) else np.empty(0, int)
    )
    other_label = rows.label[order] != rows.label[order][start]
    torn = np.zeros(codes.max() + 1 if len(codes) else 0, dtype=bool)
    if rows.output is None:
        torn[sorted_codes[other_label]] = True
    conflicting = torn[codes] if len(codes) else np.empty(0, bool)
    winner = np.empty(len(order), dtype=np.int8)
    winner[order] = rows.split[order][start] if len(order) else 0
    copy = np.empty(len(order), dtype=bool)
    copy[order] = ~first
    reasons = np.select([conflicting, copy & (winner == rows.split), copy], [1, 2, 3], 0)
    rows.dropped["labels_disagree"] += int((reasons == 1).sum())
    rows.dropped["repeated"] += int((reasons == 2).sum())
    for code, split in enumerate(SPLITS):
        rows.dropped[f"repeated_from_{split}"] += int(((reasons == 3) & (winner == code)).sum())
    rows.dropped = +rows.dropped
    rows.keep(reasons == 0)


def _wins(split: NDArray[np.int8]) -> NDArray[np.int64]:
    return np.where(split >= 0, WINS[np.clip(split, 0, None)], DEFAULT_WIN)


def _agree(dataset: DatasetCard, card: TaskCard) -> None:
    """The dataset card against the task card: fields, labels, kind of output."""
    where = f"dataset {dataset.id}"
    if (dataset.label is not None) != (card.output.kind == "label"):
        raise ConfigError(
            f"{where}: label and output: do not fit the task card {card.id} of kind {card.output.kind}"
        )
    if unknown := [name for name in dataset.fields if name not in card.input]:
        raise ConfigError(
            f"{where}: fields.{unknown[0]}: no input field of {card.id} ({', '.join(card.input)})"
        )
    missing = [
        name for name, one in card.input.items() if one.use == "required" and name not in dataset.fields
    ]
    if missing:
        raise ConfigError(f"{where}: fields: {card.id} requires {missing[0]}; name the column that holds it")
    if unknown := [label for label in dataset.labels if label not in card.output.labels]:
        raise ConfigError(
            f"{where}: labels.{unknown[0]}: no label of {card.id} ({', '.join(card.output.labels)})"
        )
    if dataset.language not in card.instructions:
        raise ConfigError(f"{where}: language: {card.id} has no instructions in {dataset.language}")


def _stripped(dataset: DatasetCard, name: str, table: pa.Table) -> Column:
    column = table[name].combine_chunks()
    pattern = dataset.strip.get(name)
    return pc.replace_substring_regex(column, pattern, "") if pattern else column


def _tidy(column: Column) -> Column:
    """Runs of white space as one space, none at the ends, nothing for null."""
    return _in_parts(
        lambda part: pc.fill_null(pc.utf8_trim_whitespace(pc.replace_substring_regex(part, r"\s+", " ")), ""),
        column,
    )


def _joined(columns: list[Column]) -> Column:
    return (
        columns[0]
        if len(columns) == 1
        else pc.binary_join_element_wise(*columns, pa.scalar("\x1f", pa.large_string()))
    )


def _key(columns: list[Column]) -> Column:
    """What two copies of a text have in common: letters, figures, marks and symbols, whatever their case and width."""

    def folded(part: Column) -> Column:
        return pc.replace_substring_regex(
            pc.utf8_lower(pc.utf8_normalize(part, form="NFKC")), r"[\s\p{P}]+", ""
        )

    return _joined([_in_parts(folded, column) for column in columns])


def _in_parts(function: Callable[[Column], Column], column: Column) -> Column:
    """`function` over slices of a column in threads: Arrow's kernels for texts use one core each and no lock."""
    step = max(_LEAST_PART, -(-len(column) // (os.cpu_count() or 1)))
    slices = [column.slice(start, step) for start in range(0, len(column), step)]
    if len(slices) < 2:
        return function(column)
    with ThreadPoolExecutor(len(slices)) as pool:
        return pa.concat_arrays(list(pool.map(function, slices)))


def _true(mask: Column) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)


def _codes(column: Column) -> NDArray[np.int64]:
    """Equal values as equal numbers; every null is a value of its own."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    codes = pc.dictionary_encode(column).indices.to_numpy(zero_copy_only=False)
    alone = ~np.isfinite(codes.astype(float))
    return np.where(alone, len(codes) + np.arange(len(codes)), np.nan_to_num(codes)).astype(np.int64)


def _labels(
    dataset: DatasetCard, card: TaskCard, table: pa.Table
) -> tuple[list[str], NDArray[np.int16], Counter[str], Counter[str]]:
    """Label ids, each row's place in them (-1 unknown, -2 missing), what was merged, and unknown labels by name."""
    if dataset.label is None:
        return [], np.zeros(table.num_rows, dtype=np.int16), Counter(), Counter()
    labels = list(dataset.labels) or list(card.output.labels)
    known = dataset.published() or _wordings(card)
    encoded = pc.dictionary_encode(table[dataset.label].combine_chunks())
    counts = Counter(
        dict(zip(*np.unique(encoded.indices.drop_null().to_numpy(), return_counts=True), strict=True))
    )
    place: list[int] = []
    merged: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for code, published in enumerate(encoded.dictionary.to_pylist()):
        label = known.get(fold_label(published))
        missing = not published.strip()
        place.append(-2 if missing else -1 if label is None else labels.index(label))
        if label is not None and published != label:
            merged[f"{published} -> {label}"] += int(counts[code])
        elif label is None and not missing:
            unknown[published.strip()[:40]] += int(counts[code])
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    absent = ~np.isfinite(indices.astype(float))
    lookup = np.array([*place, -2], dtype=np.int16)
    return labels, lookup[np.where(absent, -1, np.nan_to_num(indices)).astype(np.int64)], merged, unknown


def _wordings(card: TaskCard) -> dict[str, str]:
    """Folded id or wording of a task card's label -> its id."""
    found = {fold_label(label): label for label in card.output.labels}
    for label, wording in card.output.labels.items():
        for word in wording.all_words():
            found.setdefault(fold_label(word), label)
    return found


def _splits(dataset: DatasetCard, table: pa.Table) -> NDArray[np.int8]:
    """Each row's split: its place in SPLITS, OPEN where it is ours to draw, -2 where the row is left out.

    Raises:
        ConfigError: a split of the file is not in the card's map.
    """
    if dataset.split is None or dataset.split not in table.column_names or dataset.by_time:
        return np.full(table.num_rows, OPEN, dtype=np.int8)
    encoded = pc.dictionary_encode(pc.fill_null(table[dataset.split].combine_chunks(), "all"))
    places = []
    for published in encoded.dictionary.to_pylist():
        target = "all" if published == "all" else dataset.splits.get(published)
        if target is None:
            raise ConfigError(
                f"dataset {dataset.id}: splits: the file has a split {published!r}, the card maps "
                f"{', '.join(dataset.splits)}; add it, e.g. {published}: extra"
            )
        places.append(OPEN if target == "all" else -2 if target == "drop" else SPLITS.index(target))
    return np.array(places, dtype=np.int8)[encoded.indices.to_numpy(zero_copy_only=False)]


def _times(dataset: DatasetCard, table: pa.Table) -> NDArray[np.int64] | None:
    """The order of rows in time: seconds as the column has them, or its dates; unreadable ones come first."""
    if dataset.by_time is None:
        return None
    column = table[dataset.by_time].combine_chunks()
    if _true(pc.match_substring_regex(column, r"^\d+(\.\d+)?$")).all():
        return column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.int64)
    ordered = np.argsort(np.array(pc.fill_null(column, "").to_pylist()), kind="stable")
    places = np.empty(len(ordered), dtype=np.int64)
    places[ordered] = np.arange(len(ordered))
    return places
