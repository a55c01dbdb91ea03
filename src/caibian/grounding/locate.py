"""Where a source bears out what a text says, and what of a text nothing in its source bears out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime

from caibian.grounding.abbreviations import find_other_form
from caibian.grounding.agreement import calendar_agrees, clock_agrees, number_agrees
from caibian.grounding.dates import find_dates
from caibian.grounding.folding import skeleton
from caibian.grounding.mentions import KINDS, DateValue, Evidence, How, Kind, Mention, Quantity
from caibian.grounding.names import find_names
from caibian.grounding.numbers import numbers_outside
from caibian.grounding.quotes import find_quotes
from caibian.grounding.source import Source, as_source
from caibian.grounding.units import SECONDS_A_MONTH

_FIGURES = re.compile(r"[\d一二三四五六七八九十]+")


def unsupported(
    text: str,
    source: str | Source,
    language: str = "zh",
    kinds: Sequence[Kind] = KINDS,
    published_at: date | datetime | None = None,
) -> list[Mention]:
    """The mentions of a text that nothing in its source supports, in order.

    Conservative: a number is supported by any number of the source of the same value and a compatible unit,
    whatever it counts there. Relative dates (昨天) that no publication time resolves are never reported.
    """
    ready = as_source(source, language, published_at)
    found = find(text, language, kinds, published_at if published_at is not None else ready.published_at)
    return [mention for mention in found if locate(mention, ready) is None]


def find(
    text: str,
    language: str = "zh",
    kinds: Sequence[Kind] = KINDS,
    published_at: date | datetime | None = None,
) -> list[Mention]:
    """All mentions of the kinds asked for, in order of their place in the text."""
    mentions: list[Mention] = []
    dates = find_dates(text, language, published_at) if {"number", "date"} & set(kinds) else []
    if "date" in kinds:
        mentions.extend(dates)
    if "number" in kinds:
        mentions.extend(numbers_outside(text, [(d.start, d.end) for d in dates]))
    if "name" in kinds:
        mentions.extend(find_names(text, language))
    if "quote" in kinds:
        mentions.extend(find_quotes(text, language))
    return sorted(mentions, key=lambda m: (m.start, m.end))


def locate(
    mention: Mention,
    source: str | Source,
    language: str = "zh",
    published_at: date | datetime | None = None,
) -> Evidence | None:
    """The first place in a source that supports a mention, and how; None where nothing does.

    A date that is the publication date itself is supported by empty evidence at offset 0, `resolved`.
    """
    ready = as_source(source, language, published_at)
    return _LOCATE[mention.kind](mention, ready)


def _evidence(source: Source, span: tuple[int, int] | None, how: How) -> Evidence | None:
    return None if span is None else Evidence(*span, source.text[slice(*span)], how)


def _number(mention: Mention, source: Source) -> Evidence | None:
    claim = mention.value
    assert isinstance(claim, Quantity)
    if literal := source.find_literal(mention.text):
        within = [n for n in source.numbers if n.start < literal[1] and literal[0] < n.end]
        # 35 of 35%: the words are there, and a bare number may be any; 35名 stands for itself.
        if claim.dimension is None or not within or any(_agree(claim, n.value) for n in within):
            return _evidence(source, literal, "exact")
    best: Evidence | None = None
    for candidate in source.numbers:
        how = _agree(claim, candidate.value)
        if how == "value":
            return Evidence(candidate.start, candidate.end, candidate.text, how)
        if how is not None and best is None:
            best = Evidence(candidate.start, candidate.end, candidate.text, how)
    if best is None and claim.dimension == "duration" and mention.text.endswith("个月"):
        months = round(claim.value / SECONDS_A_MONTH)
        return _evidence(source, source.find_months(months), "value")  # 前9个月 of 1至9月
    if best is None and claim.dimension == "ordinal" and claim.value == 1:
        return _evidence(source, source.find_first(), "value")
    return best


def _agree(claim: Quantity, value: Quantity | DateValue | str) -> How | None:
    return number_agrees(claim, value) if isinstance(value, Quantity) else None


def _date(mention: Mention, source: Source) -> Evidence | None:
    claim = mention.value
    assert isinstance(claim, DateValue)
    # The first half of a range (4 of 4至6日) is no date by itself.
    if not _FIGURES.fullmatch(mention.text) and (literal := source.find_literal(mention.text)):
        return _evidence(source, literal, "exact")
    if claim.deictic and claim.year is None and claim.month is None and claim.day is None:
        return Evidence(0, 0, "", "resolved")
    calendar = claim.year is not None or claim.month is not None or claim.day is not None
    found = _calendar(claim, source) if calendar or (claim.part and claim.hour is None) else None
    if claim.hour is None or (calendar and found is None):
        return found
    for candidate in source.dates:
        if isinstance(candidate.value, DateValue) and clock_agrees(claim, candidate.value):
            return Evidence(candidate.start, candidate.end, candidate.text, "value")
    return None


def _calendar(claim: DateValue, source: Source) -> Evidence | None:
    for candidate in source.dates:
        how = calendar_agrees(claim, candidate.value) if isinstance(candidate.value, DateValue) else None
        if how:
            return Evidence(candidate.start, candidate.end, candidate.text, how)
    year_only = claim.month is None and claim.years == 1 and claim.part is None
    if claim.year is not None and year_only and (literal := source.find_literal(str(claim.year))):
        return _evidence(source, literal, "value")  # 2014 in 2014-2016, or without 年
    if claim.month is not None and claim.day is None and claim.year is None and claim.part is None:
        span = source.find_months(claim.month)  # 怀孕6月, 1至6月
        if span is not None:
            return _evidence(source, span, "value")
    published = source.published_at
    if published is not None and calendar_agrees(
        claim, DateValue(published.year, published.month, published.day)
    ):
        return Evidence(0, 0, "", "resolved")
    return None


def _name(mention: Mention, source: Source) -> Evidence | None:
    value = str(mention.value)
    if span := source.find_skeleton(value, whole_words=True):
        return _evidence(source, span, "exact")
    return _evidence(source, find_other_form(mention.text, source), "abbreviation")


def _quote(mention: Mention, source: Source) -> Evidence | None:
    span = source.find_skeleton(str(mention.value))
    if span is None and ("…" in mention.text or "..." in mention.text):
        span = _pieces(mention.text, source)
    return _evidence(source, span, "exact")


def _pieces(text: str, source: Source) -> tuple[int, int] | None:
    """A quotation with an ellipsis: its pieces stand in the source one after the other."""
    first: int | None = None
    end = 0
    for piece in text.replace("...", "…").split("…"):
        value = skeleton(piece)
        if not value:
            continue
        span = Source(source.text[end:]).find_skeleton(value)
        if span is None:
            return None
        first = end + span[0] if first is None else first
        end += span[1]
    return None if first is None else (first, end)


_LOCATE: dict[Kind, Callable[[Mention, Source], Evidence | None]] = {
    "number": _number,
    "date": _date,
    "name": _name,
    "quote": _quote,
}
