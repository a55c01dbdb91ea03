"""Which line of a text without marks is a heading, and of which level."""

from __future__ import annotations

import re

from caibian.similarity import fold

_LONGEST = 60  # characters of a heading
_NUMERAL = "一二三四五六七八九十百〇零0-9"
_PATTERNS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(rf"第[{_NUMERAL}]{{1,4}}[编篇部章](?:[\s：:、]|$)")),
    (1, re.compile(r"(?:Part|Chapter|Appendix) (?:\d{1,3}|[IVXLC]{1,6}|[A-Z])(?:[\s.:]|$)", re.IGNORECASE)),
    (2, re.compile(rf"第[{_NUMERAL}]{{1,4}}节(?:[\s：:、]|$)")),
    (2, re.compile(r"Section \d{1,3}(?:[\s.:]|$)", re.IGNORECASE)),
    (2, re.compile("[一二三四五六七八九十]{1,3}、")),
    (3, re.compile("[（(][一二三四五六七八九十]{1,3}[）)]")),
)
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+(?=[^\W\d])")
_NOT_A_HEADING = re.compile(
    r"[。！？!?；;，,、.…]$|\d$|\.{3,}|…{2,}|·{3,}"
)  # prose, or a line of a table of contents


def heading_level(line: str, titles: dict[str, int] | None = None) -> int:
    """1 for the highest level, 0 for no heading.

    A heading is what the document's own contents (`titles`: folded text -> level) list, or a short line that begins
    as numbered headings do (第三章, 二、, 2.1, Chapter 4) and does not end as a sentence does.
    """
    if not line or len(line) > _LONGEST:
        return 0
    if titles and (level := titles.get(fold(line))):
        return level
    if _NOT_A_HEADING.search(line):
        return 0
    if match := _DECIMAL.match(line):
        return match.group(1).count(".") + 1
    return next((level for level, pattern in _PATTERNS if pattern.match(line)), 0)
