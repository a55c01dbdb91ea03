"""One number in several units: 1小时24分21秒, 4分19秒87, 2米28, 3元5角, 18′30″."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from caibian.grounding.chinese_numbers import Found
from caibian.grounding.mentions import Quantity

_TIME = re.compile(
    r"(?<![\d.])(?:(?P<h>\d{1,3})(?:个?小时|时))?(?:(?P<m>\d{1,3})分钟?)?(?:(?P<s>\d{1,2}(?:\.\d+)?)秒(?P<f>\d{1,3})?)?"
)
_PAIR = re.compile(
    r"(?<![\d.])(?P<big>\d{1,3})(?P<unit>米|元|块)(?P<small>\d{1,2})(?P<sub>厘米|公分|角|毛)?(?![\d.])"
)
_SIZES = {"米": "length", "元": "money:CNY", "块": "money:CNY"}
_TIME_START = re.compile(r"(?<![\d.])\d{1,3}(?:个?小时|时|分|秒)")


def find_compounds(text: str) -> Iterator[Found]:
    """Numbers of a folded text that are written in more than one unit."""
    for start in _TIME_START.finditer(text):
        match = _TIME.match(text, start.start())
        if match and sum(match[name] is not None for name in "hmsf") > 1:
            yield _duration(match)
    for match in _PAIR.finditer(text):
        small, sub = match["small"], match["sub"]
        unit = 10 if sub in ("角", "毛") or (match["unit"] != "米" and len(small) == 1) else 100
        if match["unit"] == "米" and not sub and len(small) == 1:  # 1米8
            unit = 10
        value = Decimal(match["big"]) + Decimal(small) / unit
        quantity = Quantity(float(value), 1 / unit, 1 / unit, dimension=_SIZES[match["unit"]])
        yield Found(match.start(), match.end(), match.end(), quantity)


def _duration(match: re.Match[str]) -> Found:
    seconds = 3600 * int(match["h"] or 0) + 60 * int(match["m"] or 0) + Decimal(match["s"] or 0)
    step = 1.0 if match["s"] else 60.0
    if match["f"]:
        seconds += Decimal("0." + match["f"])
        step = 10.0 ** -len(match["f"])
    return Found(
        match.start(), match.end(), match.end(), Quantity(float(seconds), step, step, dimension="duration")
    )
