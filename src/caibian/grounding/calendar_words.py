"""Dates in English, Arabic and Hindi: 22 January 2015, Jan. 22, last Monday, 1990s, 22 يناير 2015, 22 जनवरी."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from caibian.grounding.folding import listed, passages
from caibian.grounding.mentions import DateValue

Span = tuple[int, int, DateValue]


def _months() -> dict[str, int]:
    english = listed("january february march april may june july august september october november december")
    arabic = listed(
        "يناير فبراير مارس ابريل مايو|ماي يونيو يوليو|يوليوز اغسطس|غشت سبتمبر|شتنبر اكتوبر نوفمبر|نونبر ديسمبر|دجنبر"
    )
    levantine = ("كانون الثاني", "شباط", "اذار", "نيسان", "ايار", "حزيران", "تموز", "اب", "ايلول",
                 "تشرين الاول", "تشرين الثاني", "كانون الاول")  # fmt: skip
    hindi = listed(
        "जनवरी फरवरी|फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर नवंबर|नवम्बर दिसंबर|दिसम्बर"
    )
    table = {}
    for names in (english, arabic, levantine, hindi):
        for number, spellings in enumerate(names, start=1):
            table.update(dict.fromkeys(spellings.split("|"), number))
    table.update({name[:3]: number for name, number in table.items() if name.isascii() and name != "may"})
    table["sept"] = 9
    return table


_MONTHS = _months()
_LETTER = r"a-zA-Z\u0621-\u065f\u0900-\u0963"
_NAMES = "|".join(re.escape(name) for name in sorted(_MONTHS, key=len, reverse=True))
_M = rf"(?<![{_LETTER}])(?P<month>{_NAMES})(?![{_LETTER}])(?:\.(?= \d))?"
_D = r"(?<![\d.,:$£€])(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\d%])"
_Y = r"(?P<year>[12]\d{3})(?![\d,.]\d|\d|%)"
_WEEKDAYS = {
    name: index % 7
    for index, name in enumerate(
        listed(
            "monday tuesday wednesday thursday friday saturday sunday الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد "
            "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार"
        )
    )
}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1, "tonight": 0, "امس": -1, "اليوم": 0, "غدا": 1, "आज": 0}
_YEARS = {"last year": -1, "this year": 0, "next year": 1, "العام الماضي": -1, "هذا العام": 0, "العام المقبل": 1,
          "पिछले साल": -1, "इस साल": 0, "अगले साल": 1}  # fmt: skip
_PATTERNS = [
    re.compile(rf"{_D}(?: of)?[ -]+{_M}(?:,?[ -]+(?:عام |سنة )?{_Y})?", re.IGNORECASE),
    re.compile(rf"{_M} {_D}(?!:)(?:,? {_Y})?", re.IGNORECASE),
    re.compile(rf"{_M},? {_Y}", re.IGNORECASE),
    # "may", "mar" and "dec" alone are words; so a month alone needs its capital, checked below.
    re.compile(rf"{_M}", re.IGNORECASE),
    re.compile(
        rf"(?<![{_LETTER}])(?:in|since|by|from|until|during|of|year|before|after|عام|سنة|वर्ष|साल|सन) {_Y}",
        re.I,
    ),
    re.compile(
        r"(?<![\d.,])(?P<year>(?:19|20)\d{2})(?= (?:to|and|season|elections?|में|तक)\b|(?: -|-)(?:19|20)\d{2})"
    ),
    re.compile(rf"(?<![{_LETTER}])(?P<rday>{'|'.join(_DAYS)})(?![{_LETTER}])", re.IGNORECASE),
    re.compile(rf"(?<![{_LETTER}])(?P<ryear>{'|'.join(_YEARS)})(?![{_LETTER}])", re.IGNORECASE),
    re.compile(
        rf"(?<![{_LETTER}])(?:(?P<week>last|next|this) )?(?P<weekday>{'|'.join(_WEEKDAYS)})(?![{_LETTER}])",
        re.IGNORECASE,
    ),
    re.compile(r"(?<!\d)(?P<decade>[12]\d{2}0)s(?![a-z])"),
    re.compile(rf"(?<!\d)(?P<century>\d{{1,2}})(?:st|nd|rd|th)[ -]century(?![{_LETTER}])", re.IGNORECASE),
    re.compile(
        r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3])(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.?m\b\.?",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d:.])(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?= (?:GMT|BST|UTC|EST|ET|IST))"),
]


def find_words(text: str, today: date | None) -> Iterator[Span]:
    """Dates of a folded text in scripts other than Chinese, overlapping: the caller keeps the longest."""
    for start, end in passages(text):
        yield from _find_between(text, start, end, today)


def _find_between(text: str, first: int, last: int, today: date | None) -> Iterator[Span]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text, first, last):
            if match.groupdict().get("month") in (
                "may",
                "march",
                "mar",
            ):  # verbs, where they are not capitalised
                continue
            groups = {name: value.lower() for name, value in match.groupdict().items() if value is not None}
            if groups.keys() == {"month"} and (
                match.group()[0].islower() or match.group() in ("May", "March", "اب")
            ):
                continue
            value = _value(groups, today)
            if value is not None:
                offset = match.start("year") if groups.keys() == {"year"} else match.start()
                yield offset, match.end(), value


def _value(groups: dict[str, str], today: date | None) -> DateValue | None:
    if "decade" in groups:
        return DateValue(int(groups["decade"]), years=10)
    if "century" in groups:
        return DateValue(100 * (int(groups["century"]) - 1), years=100)
    if groups.keys() & {"rday", "ryear", "weekday"}:
        return _relative(groups, today)
    year = int(groups["year"]) if "year" in groups else None
    month = _MONTHS[groups["month"]] if "month" in groups else None
    day = int(groups["day"]) if "day" in groups else None
    if day is not None and not 1 <= day <= 31:
        return None
    hour = int(groups["hour"]) if "hour" in groups else None
    minute = int(groups["minute"]) if "minute" in groups else None
    part = None
    if "half" in groups:
        if not hour or hour > 12:
            return None
        hour = hour % 12 + (12 if groups["half"] == "p" else 0)
        part = f"{groups['half']}m"
    return DateValue(year, month, day, hour, minute, part)


def _relative(groups: dict[str, str], today: date | None) -> DateValue:
    if today is None:
        return DateValue(deictic=True)
    if "ryear" in groups:
        return DateValue(today.year + _YEARS[groups["ryear"]])
    if "rday" in groups:
        resolved = today + timedelta(days=_DAYS[groups["rday"]])
    else:
        weekday, week = _WEEKDAYS[groups["weekday"]], groups.get("week")
        back = (today.weekday() - weekday) % 7
        resolved = today - timedelta(days=back)
        if week == "last" and back == 0:
            resolved -= timedelta(days=7)
        elif week == "next":
            resolved += timedelta(days=7)
    return DateValue(resolved.year, resolved.month, resolved.day)
