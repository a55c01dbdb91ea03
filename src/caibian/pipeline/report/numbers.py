"""Numbers as people read them, and round steps for axes."""

from __future__ import annotations

import math
from typing import Any

from caibian.pipeline.report.words import Two

_MINUS = "−"  # the sign of the same width as +
HUNDREDTHS = ("points", "percent", "rate")  # units that are shown times a hundred
_MINUTE, _HOUR = 60, 3600
_ROUND_STEPS = (1, 2, 2.5, 5, 10)  # times a power of ten: steps that people count in
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)  # seconds


def finite(value: Any) -> float | None:
    """`value` as a number, None where it is none (NaN and infinity included)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def count(value: Any) -> str:
    """A whole number with thousands separated; a dash where it is none."""
    number = finite(value)
    return "–" if number is None else _sign(f"{round(number):,}")


def share(part: int, whole: int) -> str:
    """A part in per cent; never 0% of something, nor 100% of less than all."""
    value = 100 * part / whole if whole else 0.0
    if 0 < value < 0.1:
        return "<0.1%"
    if 99.9 < value < 100:
        return ">99.9%"
    return f"{value:.1f}%"


def decimal(value: Any, places: int = 2) -> str:
    """A number with so many places; a dash where it is none."""
    number = finite(value)
    return "–" if number is None else _sign(f"{number:,.{places}f}")


def significant(value: Any, digits: int = 3) -> str:
    """A number with so many significant digits, in scientific form only below a thousandth."""
    number = finite(value)
    if number is None:
        return "–"
    if number and (abs(number) < 1e-3):
        mantissa, _, power = f"{number:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        return _sign(f"{mantissa}e{int(power)}")
    if abs(number) >= 10**digits:
        return count(number)
    text = f"{number:.{digits}g}"
    return _sign(text)


def scaled(value: float | None, unit: str, *, sign: bool = False) -> str:
    """A metric in its unit: `points` and `percent` in hundredths, `rate` in whole ones, anything else as it is.

    With `sign` a difference: always with + or −, and never with %.
    """
    if value is None:
        return "–"
    hundredths = unit in HUNDREDTHS
    shown = value * 100 if hundredths else value
    text = f"{shown:{'+' if sign else ''}.{0 if unit == 'rate' else 1 if hundredths else 2}f}"
    if sign and not float(text):
        text = text.lstrip("+-")  # a difference that rounds to nothing has no direction
    return _sign(text) + ("%" if unit in ("percent", "rate") and not sign else "")


def interval(low: float | None, high: float | None, unit: str, *, sign: bool = False) -> str:
    """`[29.1, 33.7]`, empty where an end is missing."""
    if low is None or high is None:
        return ""
    ends = (scaled(end, unit, sign=sign).rstrip("%") for end in (low, high))
    return "[" + ", ".join(ends) + "]"


def duration(seconds: Any) -> Two:
    """A time in words: `3 min 12 s`, `3 分 12 秒`."""
    number = finite(seconds)
    if number is None:
        return Two(lambda _: "–")
    whole = round(number)
    if whole < _MINUTE:
        places = 1 if number < 10 else 0
        return Two(lambda lang: f"{number:.{places}f} " + {"en": "s", "zh": "秒"}[lang])
    big, small, names = (
        (*divmod(whole, _MINUTE), {"en": ("min", "s"), "zh": ("分", "秒")})
        if whole < _HOUR
        else (*divmod(round(whole / _MINUTE), _MINUTE), {"en": ("h", "min"), "zh": ("小时", "分")})
    )
    return Two(lambda lang: f"{big} {names[lang][0]}" + (f" {small} {names[lang][1]}" if small else ""))


def memory(megabytes: Any) -> str:
    """`812 MB`, `4.2 GB`, both decimal."""
    number = finite(megabytes)
    if number is None or number <= 0:
        return "–"
    return f"{number:,.0f} MB" if number < 1000 else f"{number / 1000:,.1f} GB"


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """About `wanted` round numbers that cover low..high; the first is at or below `low`, the last at or above."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in _ROUND_STEPS if s * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def time_ticks(seconds: float, wanted: int = 5) -> list[float]:
    """Round times from 0 up to `seconds`, which is not exceeded."""
    step = next((s for s in _TIME_STEPS if s * wanted >= seconds), math.ceil(seconds / wanted))
    return [float(i * step) for i in range(math.floor(seconds / step) + 1)] if step else [0.0]


def tick_label(value: float, step: float) -> str:
    """An axis label with as many places as the step of the axis needs."""
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    if round(step * 10**places, 6) % 1:  # 0.25 needs one more place than 0.2
        places += 1
    return _sign(f"{value:,.{places}f}")


def _sign(text: str) -> str:
    return text.replace("-", _MINUS)


def svg(value: float) -> str:
    """A coordinate with as few characters as two places allow."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
