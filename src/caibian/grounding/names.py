"""Names of people, places, organisations and works in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caibian.grounding.folding import skeleton
from caibian.grounding.latin_names import find_latin_names
from caibian.grounding.mentions import Mention

_HAN = re.compile(r"[\u4e00-\u9fff]")
_TITLE_MARKS = re.compile(r"《([^《》\n]{1,60})》")

Span = tuple[int, int]


def find_names(text: str, language: str = "zh") -> list[Mention]:
    """Names of a text in order; `value` is the name folded for comparison.

    Chinese names come from jieba's tags checked against word lists, from surnames beside titles, and from
    《》; names in Latin letters are runs of capitalised words. Arabic and Hindi have no capitals: there only
    what follows a title is taken.
    """
    spans: list[Span] = [match.span(1) for match in _TITLE_MARKS.finditer(text)]
    if _HAN.search(text):
        from caibian.grounding.chinese_names import find_chinese_names  # jieba, loaded on first use

        spans.extend(find_chinese_names(text))
    spans.extend(find_latin_names(text, language))
    mentions = []
    for start, end in _outermost(spans):
        value = skeleton(text[start:end])
        if value:
            mentions.append(Mention("name", text[start:end], start, end, value))
    return mentions


def _outermost(spans: list[Span]) -> Iterator[Span]:
    """Spans in order, without those that begin inside the one before."""
    busy = 0
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if start >= busy:
            yield start, end
            busy = end
