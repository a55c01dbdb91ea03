"""Telling a file's character encoding, and reading its lines with bounded memory."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from caibian.errors import InputError
from caibian.text import han_share

MAX_LINE = 4_000_000  # characters; a long novel has one million. Longer lines are skipped, never held whole
_SAMPLE_BYTES = 1 << 18  # 256 KiB: enough Han text to tell GB18030 from Big5 beyond doubt

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The most frequent characters of Chinese, simplified and traditional: wrong decoding does not bring them forth.
_FREQUENT_HAN = frozenset(
    "的一是在不了有和人这這中大为為上个個国國我以要他时時来來用们們生到作地于於出就分对對成会會可主发發年动動"
    "同工也能下过過子说說产產种種面而方后後多定行学學法所民得经經十三之进進着等部度家电電力里如水化高自二理"
    "起小物现現实實加量都两兩体體制机機当當使点點从從业業本去把性好应應开開它合还還因由其些然前外天政四日那"
    "社义義事平形相全表间間样樣与與关關各重新线線内內数數正心反你明看原又么麼利比或但质質气氣第向道命此变變"
    "月市记記者报報，。、：“”「」《》"
)
_LEGACY = ("gb18030", "big5", "cp1256", "cp1252")
_MIN_SCORE = 0.15  # running Chinese has about .4 frequent characters, wrongly decoded Chinese under .05


def detect_encoding(sample: bytes) -> str:
    """The encoding of a text's first bytes: by byte order mark, else UTF-8 where valid, else the legacy encoding
    (GB18030, Big5, Arabic or Latin Windows) in which it reads most like a text."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if utf16 := _utf16_without_mark(sample):
        return utf16
    if _decodes(sample, "utf-8"):
        return "utf-8"
    scores = {name: _score(sample, name) for name in _LEGACY}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= _MIN_SCORE:
        return best
    # A few words of names and numbers have no frequent character; that all of it decodes to Han must do then.
    short_chinese = (
        _decodes(sample, "gb18030") and han_share(_beyond_ascii(sample.decode("gb18030", "replace"))) > 0.6
    )
    return "gb18030" if short_chinese else "utf-8"


def _utf16_without_mark(sample: bytes) -> str | None:
    """UTF-16 without a mark has a zero byte in every ASCII character, and UTF-8 has none at all."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) // 50 or max(even, odd) <= 10 * min(even, odd):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    return name if _decodes(sample, name) else None


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(
            sample
        )  # a character cut at the end is no error
    except UnicodeDecodeError:
        return False
    return True


def _beyond_ascii(text: str) -> str:
    return "".join(character for character in text if ord(character) > 127)


def _score(sample: bytes, encoding: str) -> float:
    """How much the sample reads like a text in this encoding, from 0 to 1."""
    text = sample.decode(encoding, errors="replace")
    beyond = _beyond_ascii(text)
    if not beyond or text.count("\ufffd") > 0.02 * len(beyond) + 1:
        return 0.0
    if encoding in ("gb18030", "big5"):
        return sum(character in _FREQUENT_HAN for character in beyond) / len(beyond)
    if encoding == "cp1256":
        # Chinese bytes read as Arabic are Arabic letters, accented Latin and signs in even shares.
        arabic = len(re.findall("[\u0621-\u0652،؛؟]", text)) / len(beyond)
        return arabic if arabic > 0.9 else 0.0
    # Latin: accents stand alone inside words of ASCII letters.
    return len(re.findall("(?<=[A-Za-z ])[\u00c0-\u017f‘’“”–](?=[A-Za-z ])", text)) / len(beyond)


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes; `.gz` files are unpacked on the way.

    Raises:
        InputError: it cannot be opened.
    """
    try:
        return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror or error})") from error


def encoding_of(path: Path, encoding: str = "auto") -> str:
    """`encoding`, or the one told from the file's first bytes where it is `auto`."""
    with open_bytes(path) as stream:
        sample = stream.read(_SAMPLE_BYTES)
    if encoding == "auto":
        return detect_encoding(sample)
    # A byte order mark is no character of the text, whatever the user called the encoding.
    return "utf-8-sig" if encoding == "utf-8" and sample.startswith(codecs.BOM_UTF8) else encoding


def lines(path: Path, encoding: str) -> Iterator[tuple[int, str | None]]:
    """The lines of a text file with their numbers, from 1, without line breaks.

    A line above `MAX_LINE` characters comes as None and is skipped piece by piece. Bytes that are no text of the
    encoding become U+FFFD, which the filters count.
    """
    with (
        open_bytes(path) as raw,
        io.TextIOWrapper(cast(io.BufferedReader, raw), encoding=encoding, errors="replace") as stream,
    ):
        number = 0
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) <= MAX_LINE or line.endswith("\n"):
                yield number, (line.removeprefix("\ufeff") if number == 1 else line).rstrip("\n")
                continue
            while rest := stream.readline(MAX_LINE):
                if rest.endswith("\n"):
                    break
            yield number, None


def whole_text(path: Path, encoding: str) -> str | None:
    """A small file's whole text; None where it is above `MAX_LINE` characters."""
    with (
        open_bytes(path) as raw,
        io.TextIOWrapper(cast(io.BufferedReader, raw), encoding=encoding, errors="replace") as stream,
    ):
        text = stream.read(MAX_LINE + 1)
    return text if len(text) <= MAX_LINE else None
