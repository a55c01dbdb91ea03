"""Parquet of examples out into the layouts of other tools, a batch of rows at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caibian.errors import ConfigError, EmptyResult, InputError
from caibian.files import write_text
from caibian.instructions.exchange.layouts import Layout, record
from caibian.instructions.exchange.lines import RecordWriter, is_array, open_records
from caibian.instructions.exchange.llama_factory import INFO, Formatting, described
from caibian.progress import Task
from caibian.records import EXAMPLE_SCHEMA, SPLITS, Example, Report, from_table

ALL = "all"
_BATCH = 2048  # examples held at once: some megabytes of text
_REQUIRED = [field.name for field in EXAMPLE_SCHEMA if not field.nullable]


def export(
    source: Path,
    out: Path,
    layout: Layout = "messages",
    *,
    split: str = ALL,
    keep_ours: bool = True,
    task: Task | None = None,
) -> Report:
    """Write examples into one file of a layout: `.jsonl` as an object a line, `.json` as one array.

    Args:
        source: a Parquet file of examples, or a folder of them, such as that of the instructions stage.
        split: `all`, or only the examples of this one.
        keep_ours: also write our own columns, so that `import_` brings back the same examples.

    Raises:
        InputError: the source is not there, or holds no examples of ours.
        EmptyResult: there are no examples of this split; the message counts those there are.
        ConfigError: `out` ends in neither .json nor .jsonl.
    """
    is_array(out)  # refused before anything is read
    seen: Counter[str] = Counter()
    with ExitStack() as stack:
        writer: RecordWriter | None = None
        for example in _examples(source, task):
            seen[example.split] += 1
            if split in (ALL, example.split):
                writer = writer or stack.enter_context(open_records(out))
                writer.write(record(example, layout, keep_ours=keep_ours))
        if writer is None:
            raise _nothing(source, split, seen)
    return _report(seen, split, {"examples": out.name})


def export_llama_factory(
    source: Path,
    folder: Path,
    *,
    formatting: Formatting = "sharegpt",
    name: str = "caibian",
    split: str = ALL,
    keep_ours: bool = True,
    task: Task | None = None,
) -> Report:
    """Write examples for LLaMA-Factory: a file `NAME_SPLIT.jsonl` for each split, and their `dataset_info.json`.

    The folder may be the `data` of a LLaMA-Factory: entries of other datasets stay as they are.

    Args:
        formatting: `sharegpt` keeps the prompt as it is; with `alpaca` LLaMA-Factory joins instruction and input by
            one line break, where our prompt has an empty line.

    Raises:
        InputError: as `export`; or the folder's `dataset_info.json` cannot be read.
        EmptyResult: there are no examples of this split.
        ConfigError: the name is no file's name.
    """
    if not name or Path(name).name != name:
        raise ConfigError(f"name: must do as the name of a file, got {name!r}")
    info = _known_datasets(folder / INFO)
    seen: Counter[str] = Counter()
    writers: dict[str, RecordWriter] = {}
    with ExitStack() as stack:
        for example in _examples(source, task):
            seen[example.split] += 1
            if split not in (ALL, example.split):
                continue
            if example.split not in writers:
                if Path(example.split).name != example.split:
                    raise InputError(f"{source}: {example.id}: split {example.split!r} cannot name a file")
                path = folder / f"{name}_{example.split}.jsonl"
                writers[example.split] = stack.enter_context(open_records(path))
            writers[example.split].write(record(example, formatting, keep_ours=keep_ours))
        if not writers:
            raise _nothing(source, split, seen)
    for one in writers:
        info[f"{name}_{one}"] = described(f"{name}_{one}.jsonl", formatting)
    write_text(folder / INFO, json.dumps(info, ensure_ascii=False, indent=2) + "\n")
    return _report(seen, split, {one: f"{name}_{one}.jsonl" for one in writers})


def count(source: Path) -> int:
    """How many examples a Parquet file, or the files of a folder, say they hold.

    Raises:
        InputError: the source is not there, or is not Parquet.
    """
    total = 0
    for file in _files(source):
        try:
            total += pq.read_metadata(file).num_rows
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{file}: not a readable Parquet file ({error})") from error
    return total


def _examples(source: Path, task: Task | None) -> Iterator[Example]:
    for file in _files(source):
        try:
            with pq.ParquetFile(file) as parquet:
                has = parquet.schema_arrow.names
                if lacking := [name for name in _REQUIRED if name not in has]:
                    raise InputError(
                        f"{file}: holds no examples, it lacks the column {lacking[0]!r}; it has: {', '.join(has)}"
                    )
                wanted = [name for name in EXAMPLE_SCHEMA.names if name in has]
                for batch in parquet.iter_batches(batch_size=_BATCH, columns=wanted):
                    yield from from_table(pa.Table.from_batches([batch]), Example)
                    if task is not None:
                        task.advance(batch.num_rows)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{file}: not a readable Parquet file ({error})") from error


def _files(source: Path) -> list[Path]:
    """The file, or a folder's: train, validation and test first, then all others by name."""
    if source.is_dir():
        first = [f"{split}.parquet" for split in SPLITS]
        files = sorted(
            source.glob("*.parquet"),
            key=lambda path: (first.index(path.name) if path.name in first else len(first), path.name),
        )
        if not files:
            raise InputError(
                f"{source}: no Parquet files; give the folder of an instructions stage, or a file"
            )
        return files
    if not source.is_file():
        raise InputError(f"{source}: no such file or folder")
    return [source]


def _known_datasets(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); mend it, or choose another folder") from error
    if not isinstance(known, dict):
        raise InputError(f"{path}: must hold an object, holds {type(known).__name__}; choose another folder")
    return known


def _nothing(source: Path, split: str, seen: Counter[str]) -> EmptyResult:
    there = ", ".join(f"{name} {number:,}" for name, number in seen.items()) or "no rows at all"
    return EmptyResult(f"{source}: no examples of the split {split!r} to export; there are: {there}")


def _report(seen: Counter[str], split: str, artefacts: dict[str, str]) -> Report:
    out = {name: number for name, number in seen.items() if split in (ALL, name)}
    return Report(
        stage="export",
        rows_in=seen.total(),
        rows_out=sum(out.values()),
        metrics={"splits": out},
        artefacts=artefacts,
    )
