"""The items of a JSON file one after the other, in bounded memory: an object a line, or the elements of one array.

A broken item costs itself alone: lines begin anew, and the elements of an array are told apart by their brackets
before each is read.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

from caibian.errors import InputError

MAX_ITEM = 16_000_000  # characters; above it an item is no conversation but a file that lost its line breaks
_BLOCK = 1 << 20  # characters read at once
_SAMPLE_BYTES = 1 << 18
_MOST_BROKEN = 0.2  # of the characters beyond ASCII: GB18030 read as UTF-8 breaks nearly all, damage a few

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A string in full; a quotation mark whose string does not end here; what opens, closes and divides.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)
_HALF = re.compile("[\ud800-\udfff]")


class Item(NamedTuple):
    """One value of a file; or why there is none."""

    line: int  # where it begins, from 1
    value: Any
    problem: str | None = None


def items(path: Path) -> Iterator[Item]:
    """The items of a JSON or JSON-lines file, which may be gzipped, in order.

    Problems: `broken_line`, `broken_item` (no JSON), `too_long` (above `MAX_ITEM`; of an array nothing is read behind
    it), `behind_the_array`, `broken_character` (bytes that are no text, half a character in an escape).

    Raises:
        InputError: the file cannot be opened.
    """
    try:
        with _open(path) as stream:
            start = stream.read(1)
            while start.isspace():
                start = stream.read(1)
            stream.seek(0)
            yield from _array(stream) if start == "[" else _lines(stream)
    except (OSError, EOFError, UnicodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    """The file as text; bytes that are no text of its encoding come as lone surrogates, which `_read` counts."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as raw:
        sample = raw.read(_SAMPLE_BYTES)
        raw.seek(0)
        reader = cast(io.BufferedReader, raw)
        with io.TextIOWrapper(reader, _encoding(sample), errors="surrogateescape", newline="\n") as stream:
            yield stream


def _encoding(sample: bytes) -> str:
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    text = sample.decode("utf-8", "surrogateescape")
    beyond = sum(character > "\x7f" for character in text)
    return "utf-8" if len(_HALF.findall(text)) <= _MOST_BROKEN * beyond + 3 else "gb18030"


def _lines(stream: TextIO) -> Iterator[Item]:
    number = 0
    while line := stream.readline(MAX_ITEM + 1):
        number += 1
        if len(line) > MAX_ITEM and not line.endswith("\n"):
            while (rest := stream.readline(MAX_ITEM)) and not rest.endswith("\n"):
                pass
            yield Item(number, None, "too_long")
        elif line.strip():
            yield _read(line, number, "broken_line")


def _array(stream: TextIO) -> Iterator[Item]:
    """The elements of an array, cut out by their brackets."""
    text = stream.read(_BLOCK)
    while "[" not in text:  # blank lines before it
        text += stream.read(_BLOCK)
    at = text.index("[") + 1  # up to here tokens are known
    line, begun = 1 + text.count("\n", 0, at), at  # where the element being read begins, and in which line
    depth = 0
    while True:
        found = _TOKEN.search(text, at)
        if found is None or found.group() == '"':
            if len(text) - begun > MAX_ITEM:
                yield Item(line, None, "too_long")
                return
            if block := stream.read(_BLOCK):
                at, text, begun = (at if found else len(text)) - begun, text[begun:] + block, 0
                continue
            if text[begun:].strip():
                yield Item(_first_line(text, begun, len(text), line), None, "broken_item")
            return
        token, at = found.group(), found.end()
        if token in "[{":
            depth += 1
        elif token in "]}" and (depth or token == "]"):  # a brace too many is its element's fault
            depth -= 1
        if (depth == 0 and token == ",") or depth < 0:
            if text[begun : found.start()].strip():
                where = _first_line(text, begun, found.start(), line)
                yield _read(text[begun : found.start()], where, "broken_item")
            line += text.count("\n", begun, at)
            begun = at
            if depth < 0:
                if text[at:].strip() or any(block.strip() for block in iter(lambda: stream.read(_BLOCK), "")):
                    yield Item(line, None, "behind_the_array")
                return


def _first_line(text: str, start: int, end: int, line: int) -> int:
    """The line in which something begins to stand after `start`, which is in `line`."""
    piece = text[start:end]
    return line + piece.count("\n", 0, len(piece) - len(piece.lstrip()))


def _read(text: str, line: int, problem: str) -> Item:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Item(line, None, problem)
    # Escapes spell half a character with the letters \ud; as they stand, halves come of broken bytes.
    if _HALF.search(text) or ("\\u" in text and _HALF.search(json.dumps(value, ensure_ascii=False))):
        return Item(line, None, "broken_character")
    return Item(line, value)
