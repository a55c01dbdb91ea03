"""Numerals that name no single value: 数百, 十几, 三四十, 30多万, 一百余."""

from __future__ import annotations

import re
from decimal import Decimal

from caibian.grounding.mentions import Quantity
from caibian.grounding.numerals import parse_chinese, places

_ADJACENT = re.compile(
    r"([一二两三四五六七八]?十)?([一二两三四五六七八])([二两三四五六七八九])([十百千]?[万亿]*)"
)


def read_vague(core: str) -> Quantity | None:
    """The quantity of a numeral with 几, 数, 多 or 余 in it, without its unit."""
    plain = re.sub("[多余](?=[万亿千百])", "", core)
    if plain != core:
        value = parse_chinese(plain)
        return None if value is None else _over(value, plain)
    if core[0] in "几数":
        unit = parse_chinese("一" + core[1:]) if len(core) > 1 and core[1] in "十百千万亿" else None
        return None if unit is None else _between(2 * unit, 10 * unit - 1)
    if "几" in core:  # 十几, 二十几万
        head, _, tail = core.partition("几")
        value, unit = parse_chinese(head), parse_chinese("一" + tail)
        if value is None or unit is None or not head.endswith(("十", "百")):
            return None
        return _between((value + 1) * unit, (value + 9) * unit)
    if (pair := _ADJACENT.fullmatch(core)) and (adjacent := _adjacent(*pair.groups())):
        return adjacent
    value = parse_chinese(core)
    if value is None:
        return None
    step, grain = places(value, core)
    return Quantity(float(value), float(step), float(grain))


def _adjacent(tens: str | None, one: str, two: str, unit: str) -> Quantity | None:
    """三四十, 一两万, 十七八: from the first digit to the next."""
    low, high = parse_chinese(one), parse_chinese(two)
    if low is None or high is None or high - low != 1:
        return None
    base = parse_chinese(tens) or Decimal(0) if tens else Decimal(0)
    scale = parse_chinese("一" + unit) or Decimal(1)
    return _between((base + low) * scale, (base + high) * scale)


def _between(low: Decimal, high: Decimal) -> Quantity:
    return Quantity(float(low), float(low), float(low), "between", high=float(high))


def _over(value: Decimal, written: str) -> Quantity:
    step, grain = places(value, written)
    return Quantity(float(value), float(step), float(grain), "over")
