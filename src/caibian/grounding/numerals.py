"""Numerals of Chinese, digits mixed with 万 and 亿, and number words of English, Arabic and Hindi."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8, "兆": 10**12}
_TOKEN = re.compile(r"(\d[\d,]*(?:\.\d+)?)|([零〇一二两俩仨三四五六七八九])|([十百千])|([万亿兆])|(点)")
_CHINESE_DIGITS = "零一二三四五六七八九"


def parse_chinese(text: str) -> Decimal | None:
    """The value of a numeral in Chinese, in digits, or mixed (三千五百, 二〇一五, 1.2亿, 3万5千, 三点五); else None.

    A last digit without its unit counts a tenth of the unit before it, as it is spoken: 两百五 is 250.
    """
    if "点" in text:
        whole, _, decimals = text.partition("点")
        return _with_decimals(whole, decimals)
    parser = _Chinese()
    position = 0
    for token in _TOKEN.finditer(text):
        if token.start() != position or token.group(5) or not parser.take(token):
            return None
        position = token.end()
    return parser.result() if text and position == len(text) else None


def _with_decimals(whole: str, decimals: str) -> Decimal | None:
    unit = 1
    while decimals and decimals[-1] in _BIG:  # 三点五亿
        unit *= _BIG[decimals[-1]]
        decimals = decimals[:-1]
    before = parse_chinese(whole)
    if before is None or not decimals or any(d not in _DIGITS for d in decimals):
        return None
    return (before + Decimal("0." + "".join(str(_DIGITS[d]) for d in decimals))) * unit


class _Chinese:
    """Reads tokens from left to right; units of thousands gather in `section`, sections in `total`."""

    def __init__(self) -> None:
        self.total = self.section = Decimal(0)
        self.number: Decimal | None = None
        self.character_digits = 0  # how many digits in Chinese the pending number has
        self.ceiling = 10**5  # a unit within a section must be smaller than the one before
        self.last_unit = self.last_big = 0
        self.zero = False

    def take(self, token: re.Match[str]) -> bool:
        """Read one token; False where the text is no numeral with it."""
        literal, digit, small, big = token.group(1, 2, 3, 4)
        if literal:
            if self.number is not None:
                return False
            self.number, self.character_digits = Decimal(literal.replace(",", "")), 0
            return True
        if digit:
            return self._take_digit(_DIGITS[digit])
        return self._take_small(_SMALL[small]) if small else self._take_big(_BIG[big])

    def _take_digit(self, digit: int) -> bool:
        if self.number is None:
            if digit == 0 and self.last_unit:
                self.zero = True
                return True
            self.number, self.character_digits = Decimal(digit), 1
            return True
        if self.character_digits == 0 or self.last_unit:
            return False
        self.number = self.number * 10 + digit  # 二〇一五
        self.character_digits += 1
        return True

    def _take_small(self, unit: int) -> bool:
        if unit >= self.ceiling or self.character_digits > 1:
            return False
        if self.number is None and (self.section or self.total) and unit != 10:
            return False
        self.section += (Decimal(1) if self.number is None else self.number) * unit
        self._after(unit)
        self.ceiling = unit
        return True

    def _take_big(self, unit: int) -> bool:
        group = self.section + (self.number or 0)
        if group == 0 and self.total:  # 万亿
            if unit <= self.last_unit:
                return False
            self.total *= unit
        elif self.total and self.total < unit:  # 三万五千亿
            self.total = (self.total + group) * unit
        elif self.total and unit >= self.last_big:
            return False
        else:
            self.total += (group or Decimal(1)) * unit
        self.section = Decimal(0)
        self._after(unit)
        self.last_big = unit
        self.ceiling = 10**5
        return True

    def _after(self, unit: int) -> None:
        self.number, self.character_digits, self.zero, self.last_unit = None, 0, False, unit

    def result(self) -> Decimal:
        """The value of all that was read."""
        rest = self.number or Decimal(0)
        if self.character_digits == 1 and self.last_unit >= 100 and not self.zero:
            rest = rest * self.last_unit / 10
        return self.total + self.section + rest


def format_chinese(number: int) -> str:
    """A whole number from 0 up to 10^16 (excluded) as it is written in Chinese: 3500 is 三千五百."""
    if not 0 <= number < 10**16:
        raise ValueError(f"format_chinese: number must be in 0 … 10^16 - 1, got {number}")
    if number == 0:
        return "零"
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            high, low = divmod(number, unit)
            zero = "零" if 0 < low < unit // 10 else ""
            return format_chinese(high) + name + zero + (format_chinese(low) if low else "")
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += ("零" if gap else "") + _CHINESE_DIGITS[digit] + name
            gap = False
        elif text:
            gap = True
    return text[1:] if text.startswith("一十") else text


def places(value: Decimal, written: str) -> tuple[Decimal, Decimal]:
    """`(step, grain)` of a numeral: the place of its last written digit, and of its last digit not zero.

    The step of a numeral without 万 or 亿 is that of its last digit; with one, the unit times the place.
    """
    grain = Decimal(1).scaleb(int(value.normalize().as_tuple().exponent)) if value else Decimal(1)
    body = written.rstrip("万亿兆千百十")
    unit = parse_chinese("一" + written[len(body) :]) if body != written else Decimal(1)
    decimals = len(body.partition(".")[2]) or len(body.partition("点")[2])
    last = Decimal(1).scaleb(-decimals)
    if not any(c in "万亿兆" for c in written):
        return last if decimals else Decimal(1), grain
    return (unit or Decimal(1)) * last, grain


def parse_words(words: Sequence[str], values: dict[str, int], scales: dict[str, int]) -> int | None:
    """The value of a run of number words: `values` add up, `scales` multiply what came before them.

    `["three", "hundred", "five", "thousand"]` is 305,000. None where the run is no single number.
    """
    total = current = 0
    room = 10**18  # the next word must be smaller than this, so that "twenty thirty" is not one number
    for word in words:
        if word in scales:
            scale = scales[word]
            current = max(current, 1) * scale
            if scale >= 1000:
                total, current = total + current, 0
            room = scale
        elif word in values:
            value = values[word]
            if value >= room:
                return None
            current += value
            room = 10 if value >= 20 and value % 10 == 0 and value < 100 else (100 if value >= 100 else 1)
        else:
            return None
    return total + current if words else None
