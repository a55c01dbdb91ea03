"""Bytes of a text file as text: UTF-8, UTF-16 or GB18030, told by their marks and by what decodes."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from caibian.errors import InputError

MOST_BYTES = 1 << 26  # 64 MiB: some 20 million Chinese characters, many books in one file
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE
)
_HEAD_BYTES = 4096  # where a web page must declare its encoding (HTML standard: the first 1,024)
_SAMPLE_BYTES = 1 << 16


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        InputError: it is larger than `MOST_BYTES`.
    """
    if (size := path.stat().st_size) > MOST_BYTES:
        raise InputError(
            f"{path.name}: {size >> 20} MiB, at most {MOST_BYTES >> 20} are read as one text; split it"
        )
    return path.read_bytes()


def decode(data: bytes) -> str:
    """The text: by byte order mark, as UTF-8 where that is valid, as UTF-16 where zero bytes show it, by what a web
    page declares, else as GB18030, which holds all older Chinese encodings of the mainland. Bytes that are no
    character become U+FFFD."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if wide := _utf16(data[:_SAMPLE_BYTES]):
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        first_wrong = error.start
    declared = _DECLARED.search(data[:_HEAD_BYTES])
    if declared and (known := _known(declared.group(1).decode("ascii", "replace"))):
        return data.decode(known, "replace")
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        # Damaged either way: the encoding that was right for longer.
        return data.decode("utf-8" if first_wrong > error.start else "gb18030", "replace")


def _utf16(sample: bytes) -> str | None:
    """UTF-16 without a mark has a zero byte in every ASCII character and line break; UTF-8 and GB18030 have none."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) <= 10 * min(even, odd) or max(even, odd) * 100 < len(sample):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _known(name: str) -> str | None:
    """Python's name for a declared encoding; the GB family is read as GB18030, and UTF-8 was tried."""
    if name.lower() in ("gb2312", "gbk", "x-gbk"):
        return "gb18030"
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return None if found == "utf-8" else found
