"""Which files a source means, how each is read, and in which pieces."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caibian.corpus.config import SourceConfig, SourceType
from caibian.corpus.readers._pages import read_pages, read_texts
from caibian.corpus.readers._tables import read_csv, read_jsonl, read_parquet
from caibian.corpus.rows import Problems, RawBatch, raw_batch
from caibian.errors import InputError
from caibian.progress import Progress

SUFFIXES: dict[SourceType, tuple[str, ...]] = {
    "jsonl": (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz"),
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".tsv", ".csv.gz", ".tsv.gz"),
    "text": (".txt", ".md", ".text"),
    "html": (".html", ".htm", ".xhtml", ".shtml"),
}
_TABLES = {"jsonl": read_jsonl, "csv": read_csv, "parquet": read_parquet}
_FILES_AT_ONCE = {"text": 2000, "html": 200}  # a second or two of work: small enough to lose to a kill


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a source that is read in one go: one table file, or some texts or pages."""

    source: int  # index among the sources
    type: SourceType
    files: tuple[tuple[Path, str], ...]  # each with the name that reports call it by
    alone: bool  # whether the source has no other unit: then an unreadable file is an error

    @property
    def is_table(self) -> bool:
        """Whether it is read batch by batch; otherwise it is one batch."""
        return self.type in _TABLES

    @property
    def name(self) -> str:
        """What progress shows."""
        first = self.files[0][1]
        return first if len(self.files) == 1 else f"{first} and {len(self.files) - 1} more"


def find_units(index: int, source: SourceConfig, progress: Progress | None = None) -> list[Unit]:
    """The pieces of one source, in the order of their names; `progress` shows a dataset being fetched.

    Raises:
        InputError: nothing is there, nothing matches, or a file's type cannot be told.
    """
    where = f"corpus.sources.{index}"
    path = source.path
    if source.dataset is not None:
        from caibian.datasets import open_dataset

        # A registered dataset is Parquet; a path of the user's own comes back as it is.
        path = open_dataset(source.dataset, progress=progress)
    assert path is not None  # the settings' validator saw to it
    files = _matching(path, source, where)
    by_type: dict[SourceType, list[tuple[Path, str]]] = {}
    for file in files:
        kind = source.type if source.type != "auto" else _type_of(file)
        if kind is None:
            raise InputError(f"{where}.type: cannot tell the type of {file.name}; name it ({_kinds()})")
        name = source.dataset or file.name if file == path else file.relative_to(path).as_posix()
        by_type.setdefault(kind, []).append((file, name))
    pieces: list[tuple[SourceType, tuple[tuple[Path, str], ...]]] = []
    for kind in sorted(by_type):
        size = _FILES_AT_ONCE.get(kind, 1)
        pieces += [(kind, tuple(by_type[kind][at : at + size])) for at in range(0, len(by_type[kind]), size)]
    return [Unit(index, kind, piece, len(files) == 1) for kind, piece in pieces]


def _matching(path: Path, source: SourceConfig, where: str) -> list[Path]:
    """The files a source means, sorted by path."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{where}.path: {path} does not exist")
    if source.pattern:
        found = [file for file in path.glob(source.pattern) if file.is_file()]
        wanted = f"matches {source.pattern}"
    else:
        suffixes = (
            SUFFIXES[source.type]
            if source.type != "auto"
            else tuple(s for kind in SUFFIXES.values() for s in kind)
        )
        found = [f for f in path.rglob("*") if f.name.lower().endswith(suffixes) and f.is_file()]
        wanted = f"ends in {', '.join(suffixes)}"
    found = [file for file in found if not file.name.startswith((".", "~$"))]
    if not found:
        raise InputError(f"{where}.path: no file in {path} {wanted}")
    return sorted(found, key=lambda file: file.relative_to(path).as_posix())


def _type_of(file: Path) -> SourceType | None:
    name = file.name.lower()
    return next((kind for kind, suffixes in SUFFIXES.items() if name.endswith(suffixes)), None)


def _kinds() -> str:
    return ", ".join(SUFFIXES)


def read_unit(unit: Unit, source: SourceConfig, rows: int) -> Iterator[RawBatch]:
    """The raw batches of a unit, each of at most `rows` rows (texts and pages: one batch).

    A table that cannot be read is a counted problem, unless it is all there is.

    Raises:
        InputError: the source's only file cannot be read.
    """
    if not unit.is_table:
        yield read_texts(unit.files, source) if unit.type == "text" else read_pages(unit.files, source)
        return
    path, name = unit.files[0]
    try:
        yield from _TABLES[unit.type](path, name, source, rows)
    except (InputError, OSError, EOFError, zlib.error, UnicodeError) as error:
        reason = str(error).removeprefix(f"{name}: ")
        if unit.alone:
            raise InputError(f"{name}: {reason}") from error
        problems = Problems()
        problems.add("unreadable_file", name, reason)
        yield RawBatch(raw_batch({"body": []}), problems)
