"""Which column of an archive's table is which field of an article."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from caibian.corpus.config import FieldsConfig
from caibian.corpus.rows import Problems, RawBatch, raw_batch
from caibian.errors import InputError

USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "body": ("body", "text", "content", "article", "maintext", "正文", "内容"),
    "title": ("title", "headline", "标题"),
    "summary": ("summary", "abstract", "description", "摘要"),
    "url": ("url", "link", "链接", "网址"),
    "source": ("source", "publisher", "media", "来源"),
    "author": ("author", "authors", "byline", "作者", "记者"),
    "published_at": (
        "published_at", "published", "publish_time", "pub_date", "pubdate", "date", "datetime", "time",
        "发布时间", "日期", "时间",
    ),
    "language": ("language", "lang"),
    "section": ("section", "category", "channel", "栏目", "频道"),
    "licence": ("licence", "license"),
    "id": ("id", "_id", "doc_id", "uuid"),
    "split": ("split",),
}  # fmt: skip

_BATCH_CHARACTERS = 32_000_000  # a batch ends early at this size: about 100 MB in Python's strings


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns to read: those of the body, one for each other field, one for each label."""

    body: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    label_map: str | None = None  # a column that holds all labels at once

    @property
    def wanted(self) -> list[str]:
        """All columns to read, each once."""
        every = [*self.body, *self.fields.values(), *self.labels.values()]
        return list(dict.fromkeys([*every, self.label_map] if self.label_map else every))


def find_columns(fields: FieldsConfig, available: Collection[str], file: str) -> Columns:
    """Match settings, and the usual names where they are silent, to the columns of a file.

    Raises:
        InputError: a named column is not there, or no column looks like the text.
    """
    by_name = {name.casefold(): name for name in reversed(list(available))}

    def named(setting: str, column: str) -> str:
        if column not in available and column.split(".")[0] not in available:
            raise InputError(
                f"{file}: no column {column!r} (fields.{setting}); it has {', '.join(available) or 'none'}"
            )
        return column

    found: dict[str, str] = {}
    for name, usual in USUAL_NAMES.items():
        setting = getattr(fields, name)
        if name == "body" and isinstance(setting, list):
            continue
        if setting:
            found[name] = named(name, setting)
        elif setting is None and (match := next((by_name[u] for u in usual if u in by_name), None)):
            found[name] = match
    if isinstance(fields.body, list):
        body = tuple(named("body", column) for column in fields.body)
    else:
        body = (found.pop("body"),) if "body" in found else ()
    if not body:
        raise InputError(
            f"{file}: no column looks like the text; set fields.body to one of {', '.join(available) or 'none'}"
        )
    labels = {task: named(f"labels.{task}", column) for task, column in fields.labels.items()}
    return Columns(body, found, labels, "labels" if "labels" in available and not labels else None)


def as_text(value: Any) -> str | None:
    """A cell as a string: lists joined by line, mappings as JSON, null and NaN as None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(text for item in value if (text := as_text(item)) is not None)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float):
        if value != value:  # NaN, which pandas writes for an empty cell
            return None
        return str(int(value)) if value.is_integer() else str(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class BatchBuilder:
    """Collects rows given as mappings and hands them on as batches of `rows` rows."""

    def __init__(self, file: str, fields: FieldsConfig, join: str, rows: int) -> None:
        self._file, self._fields, self._join, self._rows = file, fields, join, rows
        self._columns: Columns | None = None
        self._pending: list[tuple[str, Mapping[str, Any]]] = []
        self._characters = 0
        self.problems = Problems()

    def add(self, place: str, row: Mapping[str, Any], characters: int = 0) -> Iterator[RawBatch]:
        """Add one row (`place` is its line) and yield a batch when one is full."""
        self._pending.append((place, row))
        self._characters += characters
        if len(self._pending) >= self._rows or self._characters >= _BATCH_CHARACTERS:
            yield self._flush()

    def finish(self) -> Iterator[RawBatch]:
        """Yield what is left, if only problems."""
        if self._pending or self.problems.found:
            yield self._flush()

    def _flush(self) -> RawBatch:
        if self._columns is None and self._pending:
            available = dict.fromkeys(name for _, row in self._pending for name in row)
            self._columns = find_columns(self._fields, available, self._file)
        columns = self._columns or Columns(())
        values: dict[str, list[str | None]] = {name: [] for name in ("body", *columns.fields)}
        labels: list[list[tuple[str, str]]] = []
        for place, row in self._pending:
            parts = [as_text(_dig(row, column)) for column in columns.body]
            body = self._join.join(part for part in parts if part)
            if not body.strip():
                self.problems.add("missing_body", self._file, place)
                continue
            values["body"].append(body)
            for name, column in columns.fields.items():
                values[name].append(as_text(_dig(row, column)))
            labels.append(_labels(row, columns))
        problems, self.problems = self.problems, Problems()
        self._pending, self._characters = [], 0
        return RawBatch(raw_batch(values, labels), problems)


def _labels(row: Mapping[str, Any], columns: Columns) -> list[tuple[str, str]]:
    if columns.label_map:
        held = row.get(columns.label_map)
        pairs = list(held.items()) if isinstance(held, dict) else held if isinstance(held, list) else []
    else:
        pairs = [(task, _dig(row, column)) for task, column in columns.labels.items()]
    return [(str(task), text) for task, value in pairs if (text := as_text(value)) is not None]


def _dig(row: Mapping[str, Any], column: str) -> Any:
    """The value of a column; `meta.title` reaches into nested JSON where no column has that very name."""
    if column in row or "." not in column:
        return row.get(column)
    here: Any = row
    for part in column.split("."):
        here = here.get(part) if isinstance(here, dict) else None
    return here
