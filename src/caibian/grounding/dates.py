"""Dates and times in a text, as far as they are stated, and what publication time and context add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from caibian.grounding.calendar_words import find_words
from caibian.grounding.chinese_dates import find_chinese_dates
from caibian.grounding.folding import fold
from caibian.grounding.mentions import DateValue, Mention

_NEAR_MONTHS = 6  # a month without a year is of the year in which it lies nearest to publication


def find_dates(text: str, language: str = "zh", published_at: date | datetime | None = None) -> list[Mention]:
    """Dates and times of a text in order; `value` is a `DateValue`.

    Relative words (昨天, 去年, 本月15日, last Monday) become dates where `published_at` is known. A day without
    a month, or a month without a year, keeps None there and carries in `guesses` what it can be.
    """
    del language  # all scripts are read: a Chinese story may carry an English date line
    folded = fold(text)
    today = published_at.date() if isinstance(published_at, datetime) else published_at
    found = sorted(
        [*find_chinese_dates(folded, today), *find_words(folded, today)], key=lambda f: (f[0], -f[1])
    )
    mentions: list[Mention] = []
    for start, end, value in _with_context(_longest(found), today):
        mentions.append(Mention("date", text[start:end], start, end, value))
    return mentions


def _longest(found: list[tuple[int, int, DateValue]]) -> Iterator[tuple[int, int, DateValue]]:
    busy = 0
    for start, end, value in found:
        if start >= busy:
            yield start, end, value
            busy = end


def _with_context(
    found: Iterator[tuple[int, int, DateValue]], today: date | None
) -> Iterator[tuple[int, int, DateValue]]:
    """Add the guesses: the year and month last stated before, and those nearest to publication."""
    last_year: int | None = None
    last_month: tuple[int | None, int] | None = None
    for start, end, value in found:
        if value.year is None and (value.month is not None or value.day is not None) and not value.deictic:
            value = replace(value, guesses=_guesses(value, last_year, last_month, today))
        yield start, end, value
        if value.years == 1 and value.year is not None:
            last_year = value.year
        if value.month is not None:
            last_month = (value.year, value.month)


def _guesses(
    value: DateValue, last_year: int | None, last_month: tuple[int | None, int] | None, today: date | None
) -> frozenset[tuple[int | None, int | None]]:
    guesses: set[tuple[int | None, int | None]] = set()
    if value.month is not None:
        if last_year is not None:
            guesses.add((last_year, value.month))
        if today is not None:
            guesses.update((today.year + turn, value.month) for turn in _turns(value.month, today))
        return frozenset(guesses)
    if last_month is not None:
        year, month = last_month
        years = (
            [year] if year is not None or today is None else [today.year + t for t in _turns(month, today)]
        )
        guesses.update((each, month) for each in years)
    if today is not None and value.day is not None:
        before = (today.year - (today.month == 1), today.month - 1 or 12)
        after = (today.year + (today.month == 12), today.month % 12 + 1)
        guesses.add((today.year, today.month))
        guesses.add(before if value.day > today.day else after)
    return frozenset(guesses)


def _turns(month: int, today: date) -> list[int]:
    """Years from this one that a month may be of: this year, and the one in which it lies nearer, if another."""
    if month - today.month > _NEAR_MONTHS - 1:
        return [0, -1]
    if today.month - month > _NEAR_MONTHS - 1:
        return [0, 1]
    return [0]
