"""What is found in a text (`Mention`, with a parsed value) and where a source bears it out (`Evidence`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "date", "name", "quote"]
KINDS: tuple[Kind, ...] = ("number", "date", "name", "quote")

# exact       the words of the mention stand in the source
# value       the same number, written differently (3.5千 / 3,500, 三成 / 30%, 2公里 / 2000米)
# rounded     a number of the source that rounds to the one claimed (约1.2万 / 12,034)
# resolved    a date that is the same once publication time and context are filled in
# abbreviation  the short or the long form of the same place or organisation (中科院 / 中国科学院)
How = Literal["exact", "value", "rounded", "resolved", "abbreviation"]

# What a number says of the value it names: exactly it, near it on either side (约), at or above it (逾, 多),
# just below it (近), below it (不足), or somewhere in a range (数百, 三四十).
Mode = Literal["exact", "about", "over", "near", "under", "between"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """The value of a number.

    `value` is in the base unit of `dimension` (metres, kilograms, square metres, seconds, percent, units of a
    currency …). `step` is the place of the last digit written (1.2万: 1,000), `grain` that of the last digit
    that is not zero (2,600: 100). `high` is set for `between`; `other` is the second number of a score.
    """

    value: float
    step: float = 1.0
    grain: float = 1.0
    mode: Mode = "exact"
    dimension: str | None = None  # None: a bare number, which may be of any dimension
    high: float | None = None
    other: float | None = None


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date or time, as far as it is stated; None where it is not.

    `guesses` are the (year, month) pairs that context and publication time allow for what is not stated;
    they are empty where the mention is complete or nothing is known. `deictic` marks words that mean
    nothing without a publication time (昨天) when none was given.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    part: str | None = None  # "am" or "pm"; of a year "h1", "h2", "q1" … "q4", "early", "mid", "late"
    years: int = 1  # length of the period that `year` opens: 10 for a decade, 100 for a century
    days: int = 1  # length of the period that `day` opens: 7 for 上周, 2 for 上周末
    guesses: frozenset[tuple[int | None, int | None]] = frozenset()
    deictic: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A fact found in a text: `text == whole[start:end]`, offsets in characters.

    `value` is a `Quantity` for numbers, a `DateValue` for dates, and the text folded for comparison
    (no case, spaces or punctuation) for names and quotes.
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: Quantity | DateValue | str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The place in a source that supports a mention: `text == source[start:end]`, offsets in characters."""

    start: int
    end: int
    text: str
    how: How
