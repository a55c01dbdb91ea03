"""Examples into Parquet, a block at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path

import pyarrow.parquet as pq

from caibian.files import atomic_path
from caibian.records import EXAMPLE_SCHEMA, Example, to_table

_HELD_EXAMPLES, _HELD_CHARACTERS = 8192, 8_000_000  # before they are written: some 50 MB


class ExampleWriters:
    """Writes examples into one Parquet file, or into one for each split; on an error none is left behind.

    Args:
        out: the file `….parquet`, or the folder to hold `train.parquet`, `validation.parquet` …
        stack: closes the files, and puts them in their places.
    """

    def __init__(self, out: Path, stack: ExitStack) -> None:
        self._out, self._stack = out, stack
        self._held: list[Example] = []
        self._characters = 0
        self._open: dict[Path, pq.ParquetWriter] = {}
        self.paths: dict[str, Path] = {}
        self.counts: Counter[str] = Counter()

    def add(self, example: Example) -> None:
        """Take one example, and write those held where they are many."""
        self._held.append(example)
        self.counts[example.split] += 1
        self._characters += len(example.prompt) + len(example.output) + len(example.source_text or "")
        if len(self._held) >= _HELD_EXAMPLES or self._characters >= _HELD_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        whole = self._out.suffix == ".parquet"
        by_split: dict[str, list[Example]] = defaultdict(list)
        for example in self._held:
            by_split["examples" if whole else example.split].append(example)
        for split, examples in by_split.items():
            path = self.paths.setdefault(split, self._out if whole else self._out / f"{split}.parquet")
            if path not in self._open:
                temporary = self._stack.enter_context(atomic_path(path))
                writer = pq.ParquetWriter(temporary, EXAMPLE_SCHEMA, compression="zstd")
                self._open[path] = self._stack.enter_context(writer)
            self._open[path].write_table(to_table(examples, Example))
        self._held.clear()
        self._characters = 0
