"""Raw rows on their way from a reader to the cleaning: columns in Arrow, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

TEXT_FIELDS = (
    "id", "body", "title", "summary", "url", "source", "author", "published_at", "language", "section", "licence",
    "split",
)  # fmt: skip
LABELS = pa.map_(pa.string(), pa.string())
RAW_SCHEMA = pa.schema([*(pa.field(name, pa.string()) for name in TEXT_FIELDS), pa.field("labels", LABELS)])
"""Article columns as written by the archive: everything but the labels is still a string."""

_PLACES_KEPT = 10  # places named for one reason in one file; the count goes on


@dataclass
class Problems:
    """Rows that were refused, by reason, with the first places of each in each file."""

    found: dict[str, dict[str, tuple[int, list[str]]]] = field(
        default_factory=dict
    )  # reason → file → (rows, places)

    def add(self, reason: str, file: str, place: str = "", rows: int = 1) -> None:
        """Count rows refused for one reason; `place` is a line or row number."""
        files = self.found.setdefault(reason, {})
        count, places = files.get(file, (0, []))
        files[file] = (count + rows, [*places, place][:_PLACES_KEPT] if place else places)

    def merge(self, other: Problems) -> None:
        """Count what another part of the work refused."""
        for reason, files in other.found.items():
            for file, (rows, places) in files.items():
                mine, known = self.found.setdefault(reason, {}).get(file, (0, []))
                self.found[reason][file] = (mine + rows, [*known, *places][:_PLACES_KEPT])

    def counts(self) -> dict[str, int]:
        """Rows by reason."""
        return {reason: sum(rows for rows, _ in files.values()) for reason, files in self.found.items()}

    def sentences(self) -> list[str]:
        """One sentence per reason and file that has places to name, for the report."""
        return [
            f"{file}: {reason} in {rows} {'rows' if rows != 1 else 'row'} ({', '.join(places)}"
            + (", …)" if rows > len(places) else ")")
            for reason, files in self.found.items()
            for file, (rows, places) in files.items()
            if places
        ]


@dataclass
class RawBatch:
    """Some rows of one file as they were read, and the rows that could not be read."""

    rows: pa.RecordBatch  # RAW_SCHEMA
    problems: Problems = field(default_factory=Problems)

    @property
    def rows_in(self) -> int:
        """Rows met in the file, readable or not."""
        return self.rows.num_rows + sum(self.problems.counts().values())


def raw_batch(
    columns: Mapping[str, Sequence[str | None]], labels: Iterable[Any] | None = None
) -> pa.RecordBatch:
    """Columns of strings, and a list of (task, label) pairs per row, as a batch; absent columns are null."""
    count = len(columns["body"])
    arrays = [
        pa.array(columns[name], pa.string()) if name in columns else pa.nulls(count, pa.string())
        for name in TEXT_FIELDS
    ]
    arrays.append(pa.array(labels, LABELS) if labels is not None else pa.nulls(count, LABELS))
    return pa.RecordBatch.from_arrays(arrays, schema=RAW_SCHEMA)
