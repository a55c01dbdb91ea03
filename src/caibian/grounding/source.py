"""A source text, read once for all the claims that are looked up in it."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property

from caibian.grounding.dates import find_dates
from caibian.grounding.folding import fold, skeleton, skeleton_with_offsets
from caibian.grounding.mentions import Mention
from caibian.grounding.names import find_names
from caibian.grounding.numbers import numbers_outside
from caibian.grounding.quotes import find_quotes
from caibian.grounding.surroundings import Surroundings
from caibian.text import sentence_spans

# Sources remembered: an answer is checked against one source, card by card. What is known of a place takes some
# kilobytes, and a long text has thousands of places, so that characters are counted and not only texts.
_KEPT, _KEPT_CHARS = 64, 120_000
_NUMERAL = "0-9〇零一二两三四五六七八九十百千万亿"
_LATIN = re.compile(r"[a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]")


_FIRST = re.compile("首[届次盘轮场局个批节季日名位度例]")


class Source:
    """A source and what is found in it, each worked out when it is first asked for."""

    def __init__(self, text: str, language: str = "zh", published_at: date | datetime | None = None) -> None:
        self.text = text
        self.language = language
        self.published_at = published_at
        self._literals: dict[str, tuple[int, int] | None] = {}

    @staticmethod
    def of(text: str, language: str = "zh", published_at: date | datetime | None = None) -> Source:
        """A source made ready; the last few are remembered."""
        return _remembered(text, language, published_at)

    @cached_property
    def folded(self) -> str:
        """The text in one form of digits and widths; offsets are those of `text`."""
        return fold(self.text)

    @cached_property
    def dates(self) -> list[Mention]:
        """Dates and times of the source."""
        return find_dates(self.text, self.language, self.published_at)

    @cached_property
    def numbers(self) -> list[Mention]:
        """Numbers of the source that are no dates."""
        return numbers_outside(self.text, [(d.start, d.end) for d in self.dates])

    @cached_property
    def names(self) -> list[Mention]:
        """Names of the source."""
        return find_names(self.text, self.language)

    @cached_property
    def quotes(self) -> list[Mention]:
        """Quotations of the source."""
        return find_quotes(self.text, self.language)

    @cached_property
    def clauses(self) -> list[tuple[int, int, str]]:
        """Sentences of the source with what is compared of them: (start, end, skeleton)."""
        spans = sentence_spans(self.text, self.language)
        return [(start, end, skeleton(self.text[start:end])) for start, end in spans]

    @cached_property
    def surroundings(self) -> Surroundings:
        """The words around each place of the source."""
        return Surroundings(self.text)

    @cached_property
    def _skeleton(self) -> tuple[str, list[int]]:
        return skeleton_with_offsets(self.text)

    @property
    def skeleton(self) -> str:
        """The text without case, spaces and punctuation."""
        return self._skeleton[0]

    def find_months(self, months: int) -> tuple[int, int] | None:
        """Where the source has 1至9月 or 9个月 for a claim of nine months."""
        found = re.search(rf"(?<!\d)(?:1月?(?:至|到|-{{1,2}}|~){months}月|{months}个月)", self.folded)
        return found.span() if found else None

    def find_first(self) -> tuple[int, int] | None:
        """Where the source says "first" as 首届 or 首次 do, for a claim of 第一届."""
        found = _FIRST.search(self.folded)
        return found.span() if found else None

    def find_literal(self, words: str) -> tuple[int, int] | None:
        """Where `words` stand in the source, not inside a longer numeral."""
        needle = fold(words)
        if needle not in self._literals:
            self._literals[needle] = self._find_literal(needle)
        return self._literals[needle]

    def _find_literal(self, needle: str) -> tuple[int, int] | None:
        for start in _occurrences(self.folded, needle):
            end = start + len(needle)
            if not _cut(self.folded, start) and not _cut(self.folded, end):
                return start, end
        return None

    def find_skeleton(self, value: str, *, whole_words: bool = False) -> tuple[int, int] | None:
        """Where a folded name or quotation stands in the source, whatever spaces and marks divide it.

        With `whole_words`, Latin letters beside it must not continue it (Ali is not in Alibaba).
        """
        text, offsets = self._skeleton
        for start in _occurrences(text, value):
            first, last = offsets[start], offsets[start + len(value) - 1]
            if whole_words and (self._continues(first, -1) or self._continues(last, 1)):
                continue
            return first, last + 1
        return None

    def _continues(self, position: int, direction: int) -> bool:
        beside = position + direction
        if not 0 <= beside < len(self.text):
            return False
        return bool(_LATIN.match(self.text[position].lower()) and _LATIN.match(self.text[beside].lower()))


def _occurrences(text: str, needle: str) -> Iterator[int]:
    start = text.find(needle) if needle else -1
    while start >= 0:
        yield start
        start = text.find(needle, start + 1)


_INSIDE = re.compile(rf"[0-9][,.]?[0-9]|[{_NUMERAL}][{_NUMERAL}]")


def _cut(text: str, position: int) -> bool:
    """Whether a numeral goes on over a position."""
    if position == 0 or position >= len(text):
        return False
    if _INSIDE.match(text[position - 1 : position + 1]):
        return True
    around = text[max(0, position - 2) : position + 2]
    return bool(re.search(r"[0-9][,.][0-9]", around)) and any(
        c in ",." for c in text[position - 1 : position + 1]
    )


_Key = tuple[str, str, date | datetime | None]
_sources: OrderedDict[_Key, Source] = OrderedDict()
_remembering = threading.Lock()


def _remembered(text: str, language: str, published_at: date | datetime | None) -> Source:
    key = (text, language, published_at)
    with _remembering:
        source = _sources.setdefault(key, Source(text, language, published_at))
        _sources.move_to_end(key)
        while len(_sources) > 1 and (
            len(_sources) > _KEPT or sum(len(one.text) for one in _sources.values()) > _KEPT_CHARS
        ):
            _sources.popitem(last=False)
    return source


def as_source(source: str | Source, language: str, published_at: date | datetime | None) -> Source:
    """A source made ready; the last few texts are remembered."""
    return source if isinstance(source, Source) else Source.of(source, language, published_at)
