"""Lines of a page or of a wrapped text file as the paragraphs they were broken from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from caibian.instructions.selfinstruct.documents.blocks import Block
from caibian.instructions.selfinstruct.documents.headings import heading_level
from caibian.text import tidy

_FULL = (
    0.8  # of the usual widest line: a line that long was broken by the margin, a shorter one by its writer
)
_WIDEST = 0.9  # the quantile that counts as the widest, so that one overlong line is no measure
_MIN_FULL = 24  # columns: below that (a narrow title page) no line counts as broken by the margin
_SENTENCE_END = re.compile(r"[。！？!?；;：:.…][”’」』）)\]】》\"']*$")
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]"
)
_LIST_ITEM = re.compile(
    r"(?:[•·●○■◆▪–*-]|\d{1,2}[.)、．]|[（(]\d{1,2}[）)]|[（(][一二三四五六七八九十]{1,3}[）)]|[①-⑳])\s*\S"
)
# Kangxi radicals and Latin ligatures are what PDF fonts name some glyphs by; other compatibility characters stay.
_GLYPH_FORMS = re.compile("[\u2e80-\u2fd5\ufb00-\ufb06]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `ends` says that its writer, not the margin, broke it. An empty text ends a paragraph."""

    text: str
    page: int | None = None
    ends: bool = True


def columns(text: str) -> int:
    """The width of a line as a terminal shows it: 2 for a Chinese character, 1 for others."""
    return len(text) + len(_WIDE.findall(text))


def clean_line(text: str) -> str:
    """A line tidied, glyph forms (⼀, ﬁ) made the characters they stand for."""
    return tidy(_GLYPH_FORMS.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text))


def lines_of(texts: Sequence[str], page: int | None = None) -> list[Line]:
    """The lines of one page or file, each told whether the margin broke it."""
    cleaned = [clean_line(text) for text in texts]
    widths = sorted(columns(text) for text in cleaned if text)
    widest = widths[int(_WIDEST * (len(widths) - 1))] if widths else 0
    full = max(_MIN_FULL, _FULL * widest)
    return [Line(t, page, columns(t) < full or bool(_SENTENCE_END.search(t))) for t in cleaned]


def paragraphs(lines: Iterable[Line], titles: dict[str, int] | None = None) -> Iterator[Block]:
    """Lines joined to paragraphs; headings and list items begin a block of their own.

    A line broken by the margin is joined to the next without a space beside a Chinese character, with one elsewhere.
    Nothing but line breaks is lost.

    Args:
        titles: folded heading -> level, from the document's own table of contents.
    """
    text, page, opened = "", None, False
    for line in lines:
        level = heading_level(line.text, titles) if line.text else 0
        if not line.text or level or not opened or _LIST_ITEM.match(line.text):
            if text:
                yield Block(text, page)
            text, page, opened = "", None, False
            if not line.text:
                continue
            if level:
                yield Block(line.text, line.page, level)
                continue
        text, page = (joined(text, line.text), page) if text else (line.text, line.page)
        opened = not line.ends
    if text:
        yield Block(text, page)


def joined(first: str, second: str) -> str:
    """Two parts of a paragraph as one."""
    close = _WIDE.match(first[-1]) or _WIDE.match(second[0]) or first.endswith("-")
    return first + second if close else f"{first} {second}"
