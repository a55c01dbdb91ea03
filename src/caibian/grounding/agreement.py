"""Whether a number or date of a source bears out a claimed one."""

from __future__ import annotations

from datetime import date
from typing import Literal

from caibian.grounding.mentions import DateValue, Quantity
from caibian.grounding.units import compatible

_EQUAL = 1e-9  # relative: what floats lose in unit conversion
_ROUNDED_AT_MOST = (
    0.05  # a number said outright may differ from the source by its last digit, but not by more
)
_CUT_AT_MOST = 0.01  # and may drop its digits instead of rounding them, up to this much
_ABOUT = 0.10  # 约 reaches this far to either side, or half a unit of its last non-zero digit if that is less
_MONTHS_OF = {"early": (1, 3), "mid": (5, 8), "late": (10, 12), "h1": (1, 6), "h2": (7, 12), "q1": (1, 3),
              "q2": (4, 6), "q3": (7, 9), "q4": (10, 12)}  # fmt: skip
_DAYS_OF = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}


def number_agrees(claim: Quantity, source: Quantity) -> Literal["value", "rounded"] | None:
    """Whether `source` supports `claim`: it is the same value, or one that the claim's wording covers.

    An exact claim covers what rounds to it at its last digit, if the source says more digits (1.2万 covers
    12,034, 3,000 does not cover 3,012). 约 covers both sides, 逾 and 多 what lies above up to the next step
    (30多: 30 to 40), 近 the tenth below, 不足 the step below; 数百 covers 200 to 999.
    """
    if claim.dimension == "score" or source.dimension == "score":
        return _score_agrees(claim, source)
    if not compatible(claim.dimension, source.dimension):
        return None
    claimed, given = claim.value, source.value
    if {claim.dimension, source.dimension} == {"times", "percent"}:
        claimed, given = (claimed * 100, given) if claim.dimension == "times" else (claimed, given * 100)
    if claim.mode == "between" and claim.high is not None:
        high = source.high if source.high is not None else given
        inside = claimed <= given * (1 + _EQUAL) and high <= claim.high * (1 + _EQUAL)
        return ("value" if source.mode == "between" else "rounded") if inside else None
    if source.mode == "between":
        return None
    if _equal(claimed, given):
        contrary = {claim.mode, source.mode} in ({"over", "near"}, {"over", "under"})
        return None if contrary else "value"
    if source.mode in ("under", "near") and claim.mode in ("exact", "about"):
        return None
    low, high = _covered(claim, claimed, source)
    return "rounded" if low <= given <= high else None


def _score_agrees(claim: Quantity, source: Quantity) -> Literal["value"] | None:
    """Scores agree whichever side is named first; a single number agrees with either side of none."""
    if claim.dimension != source.dimension:
        return None
    same = {claim.value, claim.other} == {source.value, source.other}
    return "value" if same else None


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= _EQUAL * max(abs(one), abs(other), 1e-6)


def _covered(claim: Quantity, value: float, source: Quantity) -> tuple[float, float]:
    """The interval of source values that a claim of `value` covers; empty (low > high) where it is exact."""
    slack = _EQUAL * abs(value)
    scale = value / claim.value if claim.value else 1.0
    step, grain = claim.step * scale, claim.grain * scale
    if claim.mode == "about":
        reach = (
            max(min(max(step, grain) / 2, _ABOUT * value), min(step / 2, _ROUNDED_AT_MOST * value)) + slack
        )
        return value - reach, value + reach
    if claim.mode == "over":
        return value - slack, value + grain - slack
    if claim.mode == "near":
        return value * (1 - _ABOUT), value + slack
    if claim.mode == "under":
        return max(value - grain, value / 2), value + slack
    if source.step < step * (1 - _EQUAL) and source.mode == "exact":
        reach = min(step / 2, _ROUNDED_AT_MOST * value) + slack
        cut_off = min(step, _CUT_AT_MOST * value)  # headlines drop digits: 127.52万亿 becomes 127万亿
        return value - reach, value + max(reach, cut_off)
    return 1.0, 0.0


def calendar_agrees(claim: DateValue, source: DateValue) -> Literal["value", "resolved"] | None:
    """Whether year, month, day and part of the year that a claim states are those of a source's date.

    What the source leaves out may come from its context or publication time (`guesses`): then `resolved`.
    """
    if claim.years > 1 or source.years > 1:
        return _period_agrees(claim, source)
    if claim.days > 1 or source.days > 1:
        return _days_agree(claim, source)
    if claim.day is not None and claim.day != source.day:
        return None
    how: Literal["value", "resolved"] = "value"
    if claim.month is not None and claim.month != source.month:
        if source.month is not None or source.day is None:
            return None
        if not any(month == claim.month for _, month in source.guesses):
            return None
        how = "resolved"
    if claim.year is not None and claim.year != source.year:
        if source.year is not None:
            return None
        month = claim.month or source.month
        if not any(year == claim.year and month in (m, None) for year, m in source.guesses):
            return None
        how = "resolved"
    return how if _part_agrees(claim, source) else None


def _period_agrees(claim: DateValue, source: DateValue) -> Literal["value"] | None:
    if claim.years == 1 or claim.year is None or source.year is None:
        return None
    inside = claim.year <= source.year and source.year + source.years <= claim.year + claim.years
    return "value" if inside else None


def _days_agree(claim: DateValue, source: DateValue) -> Literal["resolved"] | None:
    """上周 covers each of its days; a week of the source supports the same week only."""
    first = _as_date(claim, claim.year, claim.month)
    if first is None or source.day is None:
        return None
    months = source.guesses or frozenset({(source.year, source.month)})
    for year, month in months:
        day = _as_date(source, source.year or year, source.month or month)
        if day is not None and (day - first).days >= 0 and (day - first).days + source.days <= claim.days:
            return "resolved"
    return None


def _as_date(value: DateValue, year: int | None, month: int | None) -> date | None:
    try:
        return None if year is None or month is None or value.day is None else date(year, month, value.day)
    except ValueError:  # 31 June
        return None


def _part_agrees(claim: DateValue, source: DateValue) -> bool:
    """上午 against 下午, 年底 against 3月, 中旬 against 25日."""
    if claim.part is None or claim.part == source.part:
        return True
    if claim.part in ("am", "pm"):
        return source.part is None
    if claim.month is not None:
        first, last = _DAYS_OF.get(claim.part, (1, 31))
        return source.day is not None and first <= source.day <= last
    first, last = _MONTHS_OF.get(claim.part, (1, 12))
    return source.month is not None and first <= source.month <= last


def clock_agrees(claim: DateValue, source: DateValue) -> bool:
    """Whether the hour and minute that a claim states are those of a source's time; 3点 may be 15时."""
    if claim.hour is None or source.hour is None:
        return claim.hour is None
    hours = {claim.hour % 24, source.hour % 24}
    loose = claim.part is None or source.part is None
    same = len(hours) == 1 or (loose and max(hours) - min(hours) == 12)
    return same and claim.minute in (None, source.minute if source.minute is not None else 0)
