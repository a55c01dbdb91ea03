"""JSON written one object at a time: as lines, or as the elements of an array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from caibian.errors import ConfigError
from caibian.files import atomic_path
from caibian.instructions.exchange.layouts import Layout, record
from caibian.records import Example

# Breaks of lines to Unicode, plain characters to JSON. Tools that cut a file with `splitlines` would cut there.
_BREAKS = re.compile("[\u0085\u2028\u2029]")
_LINES = (".jsonl", ".ndjson")


class RecordWriter:
    """Writes JSON objects into an open file, as lines or as one array."""

    def __init__(self, stream: TextIO, *, array: bool) -> None:
        self._stream = stream
        self._between = ",\n" if array else "\n"
        self.written = 0

    def write(self, value: dict[str, Any]) -> None:
        """Add one object."""
        if self.written:
            self._stream.write(self._between)
        self._stream.write(as_line(value))
        self.written += 1


@contextmanager
def open_records(path: Path) -> Iterator[RecordWriter]:
    """A writer into a file that is there, whole, after the block: `.jsonl` as lines, `.json` as an array.

    Raises:
        ConfigError: the file's name ends otherwise.
    """
    array = is_array(path)
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("[\n" if array else "")
        writer = RecordWriter(stream, array=array)
        yield writer
        stream.write("\n" if writer.written else "")
        stream.write("]\n" if array else "")


def is_array(path: Path) -> bool:
    """Whether a file of this name holds one array; else it holds an object a line.

    Raises:
        ConfigError: neither; the message names the endings there are.
    """
    suffix = path.suffix.lower()
    if suffix != ".json" and suffix not in _LINES:
        raise ConfigError(f"{path}: end it in .jsonl (an object a line) or .json (one array), got {suffix!r}")
    return suffix == ".json"


def as_line(value: dict[str, Any]) -> str:
    """An object as JSON that is one line to every program, all other characters as they are."""
    text = json.dumps(value, ensure_ascii=False)
    return _BREAKS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def write_jsonl(path: Path, examples: Sequence[Example], layout: Layout = "messages") -> None:
    """Write examples as one JSON object a line, atomically.

    layout: `alpaca` (instruction, input, output), `sharegpt` (conversations) or `messages` (chat turns).
    """
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        for example in examples:
            stream.write(as_line(record(example, layout)) + "\n")
