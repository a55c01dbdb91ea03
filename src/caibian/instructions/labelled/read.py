"""A dataset's columns out of a Parquet, CSV or JSON-lines file, all as text."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from caibian.datasets.card import DatasetCard
from caibian.errors import InputError

_CSV = {".csv": ",", ".tsv": "\t"}
_ENCODINGS = ("utf-8-sig", "gb18030")


def read(card: DatasetCard, path: Path, dropped: Counter[str]) -> pa.Table:
    """The columns that the card names, each of type large_string, in the file's order.

    Broken lines of JSON are counted in `dropped`, and the rest is kept.

    Raises:
        InputError: the file cannot be read, or lacks a column; the message names what it has.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            table = _parquet(card, path)
        elif suffix in _CSV:
            table = _csv(path, _CSV[suffix], dropped)
        elif suffix in (".jsonl", ".ndjson"):
            table = _jsonl(path, dropped)
        else:
            raise InputError(f"{path}: neither Parquet, CSV, TSV nor JSONL, for the dataset {card.id}")
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    _require(card, path, table.column_names)
    return pa.table(
        {
            name: table[name].cast(pa.large_string()).combine_chunks()
            for name in card.columns
            if name in table.column_names
        }
    )


def _require(card: DatasetCard, path: Path, has: list[str]) -> None:
    for name in card.columns:
        if name not in has and name != card.split:
            raise InputError(
                f"{path}: no column {name!r}, which the dataset card {card.id} reads; the file has: {', '.join(has)}"
            )
    if card.split and card.split not in has and "split" in card.model_fields_set:
        raise InputError(
            f"{path}: no column {card.split!r} with the publisher's split; the file has: {', '.join(has)}. "
            f"Where there is none, set split: null on {card.id}"
        )


def _parquet(card: DatasetCard, path: Path) -> pa.Table:
    has = pq.read_schema(path).names
    _require(card, path, has)
    return pq.read_table(path, columns=[name for name in card.columns if name in has])


def _csv(path: Path, delimiter: str, dropped: Counter[str]) -> pa.Table:
    def skip(row: pyarrow.csv.InvalidRow) -> str:
        dropped["wrong_number_of_columns"] += 1
        return "skip"

    data = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        header = next(iter(text.splitlines()), "")
        names = [name.strip().strip('"') for name in header.split(delimiter)]
        return pyarrow.csv.read_csv(
            pa.BufferReader(text.encode()),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.large_string() for name in names},
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    raise InputError(f"{path}: neither UTF-8 nor GB18030 text")


def _jsonl(path: Path, dropped: Counter[str]) -> pa.Table:
    rows = []
    for line in path.read_bytes().splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, UnicodeDecodeError):
            row = None
        if isinstance(row, dict):
            rows.append(
                {
                    k: v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False)
                    for k, v in row.items()
                }
            )
        else:
            dropped["broken_line"] += 1
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.large_string()) for name in names})
