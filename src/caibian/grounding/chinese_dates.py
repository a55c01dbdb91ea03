"""Dates in Chinese and in figures: 2015年1月22日, 二〇一五年, 本月12日, 上周五, 去年底, 下午3点半, 90年代, 2015-01-22."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from caibian.grounding.folding import listed
from caibian.grounding.mentions import DateValue
from caibian.grounding.numerals import parse_chinese

Span = tuple[int, int, DateValue]

_RELATIVE_YEARS = {"今年": 0, "本年度": 0, "去年": -1, "前年": -2, "明年": 1, "后年": 2}
_RELATIVE_MONTHS = {"本月": 0, "这个月": 0, "上个月": -1, "上月": -1, "下个月": 1, "下月": 1}
_RELATIVE_DAYS = {"今天": 0, "今日": 0, "今晨": 0, "今晚": 0, "今早": 0, "昨天": -1, "昨日": -1, "昨晚": -1, "昨夜": -1,
                  "昨晨": -1, "前天": -2, "明天": 1, "明日": 1, "明晚": 1, "明晨": 1, "后天": 2}  # fmt: skip
_PERIODS = {"年初": "early", "初": "early", "上旬": "early", "年中": "mid", "中旬": "mid", "中": "mid", "年底": "late",
            "年末": "late", "底": "late", "末": "late", "下旬": "late", "上半年": "h1", "下半年": "h2"}  # fmt: skip
_AM = listed("凌晨 清晨 早晨 早上 上午 晨 早 拂晓 黎明")
_PM = listed("下午 傍晚 晚上 晚间 夜间 深夜 晚 夜里 夜 午后")
_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}


def _either(words: list[str] | dict[str, int] | dict[str, str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_TO = r"(?:至|到|-{1,2}|~|、|和)"
_N = r"(?:(?<![\d.])\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_Y = r"(?:(?<![\d.,])[12]\d{3}|[一二][〇零一二三四五六七八九]{3})"
_YEAR = (
    rf"(?:公元前(?P<bc>\d{{1,4}})年|公元(?P<ad>\d{{1,4}})年|(?P<ryear>{_either(_RELATIVE_YEARS)})"
    rf"|(?P<year>{_Y})(?:年(?!代|级|龄|薪|历史|之久)|(?=赛季|学年|{_TO}\d{{4}}(?:年|赛季|学年)))"
    rf"|(?<=-)(?P<season>[12]\d{{3}})(?=赛季|学年))"
)
_MONTH = rf"(?:(?P<month>{_N})(?:月份?(?!球|亮|光|嫂|子|饼)|(?={_TO}{_N}月)|(?=[二三四五六七八九]月))|(?P<rmonth>{_either(_RELATIVE_MONTHS)}))"
_PART = rf"(?P<part>{_either([*_AM, *_PM, '中午', '正午'])})"
_MINUTE = r"(?:(?P<minute>[0-5]?\d(?=分)|(?<=:)[0-5]\d|[一二三四五]?十[一二三四五六七八九]?(?=分))分?(?!\d{1,2}秒)|(?P<half>半)|整|许|钟)"
_HOUR = rf"约?(?P<hour>{_N})(?P<sign>时|点|:(?=[0-5]\d))(?!间|期|代|速|候|评|名|心|击|赞)(?!\d{{1,2}}分\d{{1,2}}秒){_MINUTE}?"
_TIME = rf"{_PART}?(?:{_HOUR})?"
_DAY = rf"(?P<day>{_N})(?:日(?!元|本|圆)|(?={_TO}{_N}日))"
_PERIOD = r"(?P<period>上旬|中旬|下旬|初|底|末)?"
_NOT_CHINA = r"(?!中(?![,，。、;；的以前后至到将]|\s|$))"  # 2016年中国联赛, 2015年中华鲟: the year, and no middle of it
# Each pattern with the characters of which a text must hold one for it.
_PATTERNS = [
    ("月", re.compile(rf"(?:{_YEAR}的?)?{_MONTH}(?:{_DAY.replace('日(?!', '[日号](?!')}{_TIME}|{_PERIOD})")),
    (
        "年",
        re.compile(
            rf"{_YEAR}(?:(?P<period>{_NOT_CHINA}(?:{_either(_PERIODS)}))|第?(?P<quarter>[一二三四])季度)?"
        ),
    ),
    ("日", re.compile(rf"(?<![第\d.:终每半]){_DAY}{_TIME}")),
    ("今昨前明后", re.compile(rf"(?P<rday>{_either(_RELATIVE_DAYS)}){_TIME}")),
    ("时点:", re.compile(rf"(?<![第\d.:])(?:{_PART}|(?<=时间))?{_HOUR}")),
    ("季半", re.compile(r"(?<!前)(?:第?(?P<quarter>[一二三四])季度|(?P<period>[上下]半年))")),
    (
        "周期拜",
        re.compile(
            r"(?P<week>上上?个?|本|这|下个?)?(?:周|星期|礼拜)(?:(?P<weekday>[一二三四五六日天])|(?P<weekend>末))(?![年岁期月])"
            r"|(?P<whole>上上?个?|本|这|下个?)(?:周|星期)(?!期|边|围|末|年|岁)"
        ),
    ),
    (
        "-/.",
        re.compile(
            r"(?<![\d.-])(?P<year>[12]\d{3})(?P<mark>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=mark)(?P<day>0?[1-9]|[12]\d|3[01])"
            r"(?:[ T](?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?)?(?!\d)"
        ),
    ),
]
# A date lies within a run of the characters that dates are written with; the rest of a text is skipped.
_ISLAND = re.compile(
    r"[0-9零〇一二三四五六七八九十年月日号时点分秒刻半整钟许公元前今去明后本上下这个度昨凌清早晨午傍晚间夜深里中正拂晓黎的约"
    r"/.:T世纪代第季初底末旬周星期礼拜天六至到、和~赛学 -]{2,}"
)
_AGES = re.compile(
    rf"(?P<bc>公元前)?(?:(?P<last>上个?)|(?P<this>本)|(?P<century>(?<![\d.个])\d{{1,2}}|(?<!个){_N}))世纪(?P<indec>(?:[1-9]0|[一二三四五六七八九]十)年代)?"
    r"|(?P<decade>(?<![\d.])[1-9]0|[一二三四五六七八九]十|(?<![\d.])[12]\d{2}0)年代"
)

_AHEAD = 4  # characters after a run that its patterns look at


def find_chinese_dates(text: str, today: date | None) -> Iterator[Span]:
    """Dates of a folded text with their spans, overlapping: the caller keeps the longest."""
    for island in _ISLAND.finditer(text):
        start, end = island.span()
        characters = set(island.group())
        for signs, pattern in _PATTERNS:
            if not characters.isdisjoint(signs):
                for match in pattern.finditer(text, start, end + _AHEAD):
                    yield from _found(text, match, today)
        if not characters.isdisjoint("代纪"):
            for match in _AGES.finditer(text, start, end + _AHEAD):
                yield from _age(match, today)


def _found(text: str, match: re.Match[str], today: date | None) -> Iterator[Span]:
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    if "sign" in groups and not _is_time(text, match, groups):
        return
    if match.group() == "一日":  # 最后一日, 有一日
        return
    value = _value(groups, today)
    if value is not None:
        yield match.start(), match.end(), value


def _is_time(text: str, match: re.Match[str], groups: dict[str, str]) -> bool:
    """3点 and 3:10 are times beside 下午 or a day, else points and scores; 3时 always is one."""
    stated = groups.keys() & {"part", "day", "rday"} or text[: match.start()].endswith("时间")
    if groups["sign"] == "点":
        return bool(stated or match.group().endswith(("钟", "半", "整", "许", "分")))
    return groups["sign"] == "时" or bool(stated)


def _value(groups: dict[str, str], today: date | None) -> DateValue | None:
    if groups.keys() & {"weekday", "weekend", "whole"}:
        return _week(groups, today)
    year, month, day, deictic = _calendar(groups, today)
    hour, minute = _number(groups.get("hour")), _number(groups.get("minute"))
    if (
        (month or 1) > 12
        or month == 0
        or (day or 1) > 31
        or day == 0
        or (hour or 0) > 24
        or (minute or 0) > 59
    ):
        return None
    if "half" in groups:
        minute = 30
    part = None
    if "part" in groups:
        part = "am" if groups["part"] in _AM else "pm" if groups["part"] in _PM else None
        if hour is not None and part == "pm" and hour < 12:
            hour += 12
    elif hour is not None and hour > 12:
        part = "pm"
    if "period" in groups:
        part = _PERIODS[groups["period"]]
    if "quarter" in groups:
        part = f"q{_number(groups['quarter'])}"
    return DateValue(year, month, day, hour, minute, part, deictic=deictic)


def _calendar(groups: dict[str, str], today: date | None) -> tuple[int | None, int | None, int | None, bool]:
    """Year, month, day, and whether a relative word could not be resolved."""
    stated = groups.get("year") or groups.get("ad") or groups.get("season")
    year = -int(groups["bc"]) if "bc" in groups else _number(stated)
    month, day = _number(groups.get("month")), _number(groups.get("day"))
    relative = groups.keys() & {"ryear", "rmonth", "rday"}
    if not relative:
        return year, month, day, False
    if today is None:
        return year, month, day, True
    if "ryear" in groups:
        year = today.year + _RELATIVE_YEARS[groups["ryear"]]
    if "rmonth" in groups:
        months = today.year * 12 + today.month - 1 + _RELATIVE_MONTHS[groups["rmonth"]]
        year, month = divmod(months, 12)
        month += 1
    if "rday" in groups:
        return (*_parts(today + timedelta(days=_RELATIVE_DAYS[groups["rday"]])), False)
    return year, month, day, False


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def _week(groups: dict[str, str], today: date | None) -> DateValue | None:
    """上周五 is the Friday of the week before, a bare 周五 the last one up to publication; 上周末 is two days."""
    week = groups.get("week") or groups.get("whole")
    if "weekend" in groups and week is None:
        return None
    if today is None:
        return DateValue(deictic=True)
    monday = today - timedelta(days=today.weekday())
    weekday = _WEEKDAYS[groups["weekday"]] if "weekday" in groups else 5 if "weekend" in groups else 0
    if week is None:
        return DateValue(*_parts(today - timedelta(days=(today.weekday() - weekday) % 7)))
    weeks = 0 if week in ("本", "这") else 1 if week.startswith("下") else -week.count("上")
    days = 7 if "whole" in groups else 2 if "weekend" in groups else 1
    return DateValue(*_parts(monday + timedelta(days=weekday, weeks=weeks)), days=days)


def _number(numeral: str | None) -> int | None:
    value = None if numeral is None else parse_chinese(numeral)
    return None if value is None else int(value)


def _age(match: re.Match[str], today: date | None) -> Iterator[Span]:
    """Centuries and decades: 20世纪, 上世纪90年代, 80年代."""
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    decade = _number((groups.get("decade") or groups.get("indec", "")).removesuffix("年代") or None)
    if "decade" in groups and decade is not None:
        year = decade if decade >= 1000 else 1900 + decade  # 80年代 is of the last century in news
        yield match.start(), match.end(), DateValue(year, years=10)
        return
    if "century" in groups:
        century = _number(groups["century"]) or 0
    elif today is None:
        yield match.start(), match.end(), DateValue(deictic=True)
        return
    else:
        century = today.year // 100 + ("this" in groups)
    if century > 21:
        return
    start = -100 * century if "bc" in groups else 100 * (century - 1)
    if decade is None:
        yield match.start(), match.end(), DateValue(start, years=100)
    else:
        yield match.start(), match.end(), DateValue(start + decade, years=10)
