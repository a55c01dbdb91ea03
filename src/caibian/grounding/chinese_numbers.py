"""Numbers written in Chinese, or in digits with Chinese around them: 三千五百名, 30多万, 数百, 三成, 百分之五, 3比1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from caibian.grounding import modifiers
from caibian.grounding.folding import listed
from caibian.grounding.mentions import Mode, Quantity
from caibian.grounding.numerals import parse_chinese, places
from caibian.grounding.units import is_article, is_measure, unit_pattern, units
from caibian.grounding.vague_numerals import read_vague

DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?"
_T = "千(?![克米瓦伏卡赫])"  # not of 千克, 千米, 千瓦
_C = "〇零一二两俩仨三四五六七八九十百千万亿"
_W = f"(?:[〇零一二两俩仨三四五六七八九十百万亿]|{_T})"
_S = f"(?:[十百万亿]|{_T})"
_MIXED = rf"{DIGITS}(?:[多余几](?=[万亿百]|{_T}))?(?:{_S}+(?:\d+(?={_S}){_S}+)*)?"
_WRITTEN = rf"[几数]?{_W}+(?:点[〇零一二三四五六七八九]+[万亿]*)?(?:[多余几](?=[万亿]))?{_W}*几?"
_CORE = re.compile(rf"{_MIXED}|{_WRITTEN}")
_SLASH = re.compile(r"(?<![\d/.])([1-9])/([2-9]|1\d)(?![\d/.])")
_FRACTION = re.compile(
    rf"(?<![\d{_C}])([{_C}]{{1,12}}|\d{{1,12}})分之([{_C}]+(?:点[〇零一二三四五六七八九]+)?|\d+(?:\.\d+)?)"
)
_HALF = re.compile(r"(?<![另上下])一半|(?<![超经不难已])过半|(?<![最附])近半(?![年个天月场])|半数|对半")
_HALF_UNIT = re.compile(
    r"(?<![上下大多前后一决])半(?=(?:年|个月|个多月|个小时|小时|天|个世纪|世纪|公里|斤)(?!度))"
)
_SCORE = re.compile(r"(?<![\d.:,-])(\d{1,3})\s?(比|:|-|--)\s?(\d{1,3})(?!\d|[.:%,-]\d|%)")
# Words that look like a numeral with its unit and are none.
_IDIOMS = listed(
    "成千上万 千家万户 千方百计 四面八方 五湖四海 三心二意 七上八下 一心一意 三个代表 两学一做 十分 十字 百分百 三轮车 八字 五行 三位一体"
    " 万里长城 万里长征 万家灯火 千里之外 百家争鸣 百花齐放 二线 三线城市 双十一 千里马 三农 两会 两岸 一国两制 万国 百年大计 百年不遇 百年老店"
    " 一号文件 千秋万代 七七事变 四书五经 三国演义 三国时期 四季 二手 三手 二代 一级 一流 二流 两手抓 三期叠加 二次元 二次创业 十一届三中全会"
    " 第一时间 第一次 第一人 第三方 第三者 第一线 第一夫人 第一书记 第二职业 第一手 60后 70后 80后 90后 00后 六零后 七零后 八零后 九零后"
)
_IDIOM = re.compile(
    "(?=[一二三四五七八九十百千万两成双第六0-9])(?:" + "|".join(sorted(_IDIOMS, key=len, reverse=True)) + ")"
)
_DIGITS_BELOW_TEN = "两三四五六七八九十"
_NOT_ONE = tuple("的后这那有每某同当哪新另旧头")  # before 一天, 一年: a day, a year, and not one of them
_NOT_TENTHS = "为立功员长果绩就分本都品型交人效吉因像语龙"  # 成 + one of these is a word of its own


@dataclass(frozen=True, slots=True)
class Found:
    """A number in a folded text: the span of the whole, that of its numeral, and its value."""

    start: int
    end: int
    numeral_end: int
    quantity: Quantity
    scale: float = 1.0  # 万 or 亿 of the numeral, which the first number of a range may borrow
    size: float = 1.0  # of the unit, in the base unit of its dimension


def find_chinese(text: str) -> Iterator[Found]:
    """Numbers of a folded text, in order of kind, overlapping: the caller keeps the longest."""
    for match in _IDIOM.finditer(text):
        yield Found(match.start(), match.end(), match.end(), Quantity(0, dimension="idiom"))
    for match in _FRACTION.finditer(text):
        yield from _fraction(text, match)
    for match in _SLASH.finditer(text):
        yield from _percent(text, match, Decimal(match.group(1)), Decimal(match.group(2)), None)
    for match in _HALF.finditer(text):
        mode: Mode = "over" if match.group() == "过半" else "near" if match.group() == "近半" else "about"
        end, after = modifiers.after(text, match.end())
        start, before = modifiers.before(text, match.start())
        yield Found(start, end, match.end(), Quantity(50, 10, 50, before or after or mode, "percent"))
    for match in _HALF_UNIT.finditer(text):
        yield from _finish(text, match.start(), match.end(), Quantity(0.5, 0.5, 0.5), "半")
    for match in _SCORE.finditer(text):
        yield from _score(text, match)
    for match in _CORE.finditer(text):
        yield from _core(text, match)


def _fraction(text: str, match: re.Match[str]) -> Iterator[Found]:
    below, above = parse_chinese(match.group(1)), parse_chinese(match.group(2))
    if below and above is not None:
        yield from _percent(
            text, match, above, below, match.group(2) if below in (100, 1000, 10_000) else None
        )


def _percent(
    text: str, match: re.Match[str], above: Decimal, below: Decimal, written: str | None
) -> Iterator[Found]:
    """A share in percent: exact to its last digit where it is `written` in hundredths, else approximate."""
    value = float(above / below * 100)
    step = value / 10 if written is None else float(places(above, written)[0] / below * 100)
    start, before = modifiers.before(text, match.start())
    end, after = modifiers.after(text, match.end())
    mode: Mode = before or after or ("about" if written is None else "exact")
    yield Found(start, end, match.end(), Quantity(value, step, step, mode, "percent"))


def _score(text: str, match: re.Match[str]) -> Iterator[Found]:
    one, sign, two = match.groups()
    start, end = match.span()
    if sign.startswith("-") and unit_pattern("han").match(text, end) and text[end : end + 1] != "胜":
        return  # 6-8人 is a range
    if (start and _latin(text[start - 1])) or (end < len(text) and _latin(text[end])):
        return
    yield Found(start, end, end, Quantity(float(one), dimension="score", other=float(two)))


def _core(text: str, match: re.Match[str]) -> Iterator[Found]:
    core, (start, end) = match.group(), match.span()
    if core[0].isdigit():
        before = text[:start][-2:]
        if before and (_latin(before[-1]) or (before[-1] in "-." and len(before) == 2 and _latin(before[0]))):
            return  # G4719, COVID-19, Au99.99
        if end < len(text) and _latin(text[end]) and not unit_pattern("han").match(text, end):
            return  # 4S店; units in words are the business of `word_numbers`
    parsed = read_vague(core)
    if parsed is not None:
        yield from _finish(text, start, end, parsed, core)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _finish(text: str, start: int, end: int, quantity: Quantity, core: str) -> Iterator[Found]:
    """Add what stands around a numeral: 第, 约, its unit, 多, 半, 左右."""
    numeral_end = end
    mode: Mode | None = None
    if text[end : end + 1] in tuple("多余来") and text[end - 1] in "十百千万亿0123456789":
        mode = "about" if text[end] == "来" else "over"
        end += 1
    unit = _unit(text, end, core)
    if mode == "about" and not unit:  # 10来 without a unit
        mode, end = None, end - 1
    ordinal = text[start - 1 : start] == "第"
    if not core[0].isdigit() and core != "半" and not _is_claim(core, unit, ordinal, text, start):
        return
    dimension, size = units()[unit] if unit else (None, 1.0)
    end += len(unit)
    measured = bool(unit) and is_measure(unit)
    if "个多" in unit or unit == "成":
        mode = mode or ("over" if "个多" in unit else "about")
    if measured and text[end : end + 1] in ("多", "余"):
        mode, end = "over", end + 1
    half = measured and text[end : end + 1] == "半" and text[end + 1 : end + 2] not in ("场", "决")
    if half or "个半" in unit:
        quantity, end = replace(quantity, value=quantity.value + 0.5, step=0.5, grain=0.5), end + half
    if ordinal:
        dimension, start = (dimension if measured else "ordinal"), start - 1
    elif unit == "届" or text[end : end + 2] == "种子":
        dimension = "ordinal"
    elif not unit and text[end : end + 1] == "号":
        dimension, end = "ordinal", end + 1
    end, after = modifiers.after(text, end)
    start, before = modifiers.before(text, start)
    if before is None and core[0] in "百千万亿" and text[start - 1 : start] == "上":  # 上百, not 以上百
        before, start = ("over", start - 1) if text[start - 2 : start] != "以上" else (None, start)
    quantity = _sized(quantity, size, dimension, before or mode or after)
    yield Found(start, end, numeral_end, quantity, _scale(core), size)


def _unit(text: str, position: int, core: str) -> str:
    """The unit or counter at a position, where it can be one after this numeral; else empty."""
    match = unit_pattern("han").match(text, position)
    unit = match.group().lower() if match else ""
    if unit == "成" and (text[position + 1 : position + 2] in tuple(_NOT_TENTHS) or core[0].isdigit()):
        return ""
    if unit == "度" and not core[0].isdigit():  # 两度获奖
        return ""
    if unit == "大" and core not in _DIGITS_BELOW_TEN:  # 万亿大关
        return ""
    return unit


def _sized(quantity: Quantity, size: float, dimension: str | None, mode: Mode | None) -> Quantity:
    return replace(
        quantity,
        value=quantity.value * size,
        step=quantity.step * size,
        grain=quantity.grain * size,
        high=None if quantity.high is None else quantity.high * size,
        mode=mode if quantity.mode == "exact" and mode is not None else quantity.mode,
        dimension=dimension,
    )


def _scale(core: str) -> float:
    tail = core[len(core.rstrip("万亿")) :]
    return float(parse_chinese("一" + tail) or 1) if tail else 1.0


def _is_claim(core: str, unit: str, ordinal: bool, text: str, start: int) -> bool:
    """Whether characters that can be a numeral are one here: 三名 and 三千五百 are, 一个 and 万 of 万达 are not."""
    if ordinal:
        return core != "一" or bool(unit)
    if is_article(core, unit):
        return core == "一" and text[:start].endswith(("仅", "只有", "唯一的"))
    if unit:
        return core != "一" or not text[:start].endswith(_NOT_ONE)
    return len(core) > 1 and core[0] not in "百千万亿〇零" and any(c in "十百千万亿" for c in core)
