"""Dates as archives write them, made time-zone-aware; and the date that stands before a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

DEFAULT_ZONES = {"zh": "Asia/Shanghai", "hi": "Asia/Kolkata"}  # Arabic and English papers share no zone: UTC
_EARLIEST, _LATEST = 1800, 2200  # years; anything else is a misread number
_PIVOT = 70  # two-digit years from here on are of the 1900s, as POSIX has it

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
    for name in (names,)
}
_TIME = (
    r"(?:\s*[（(]?(?:星期|周)[一二三四五六日天][)）]?)?(?:\s*T?\s*(?P<half>上午|下午|晚上|中午|凌晨)?\s*(?P<hour>\d{1,2})\s*[:：时点]\s*(?P<minute>\d{1,2})分?"
    r"(?:[:：]?(?P<second>\d{2})(?:\.\d+)?秒?)?\s*(?P<meridiem>[AaPp]\.?[Mm]\b\.?)?"
    r"\s*(?P<zone>Z\b|(?:GMT|UTC)?[+-]\d{1,2}:?(?:\d{2})?|GMT\b|UTC\b)?)?"
)
_SEPARATED = r"\s*[-/.年]\s*"
_FORMS = [
    re.compile(form + _TIME)
    for form in (
        rf"(?<!\d)(?P<year>\d{{4}}){_SEPARATED}(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})(?!\d)日?",
        # 202307/21 07:57:00 and 202307/1915:55:52, in which the hour touches the day
        r"(?<!\d)(?P<year>\d{4})(?P<month>\d{2})/(?P<day>\d{2})",
        r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
        r"(?<!\d)(?P<year>\d{2})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?<![A-Za-z])(?P<name>[A-Z][a-z]{2})[a-z]*\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4}),?",
        r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?P<name>[A-Z][a-z]{2})[a-z]*\.?,?[\s-]+(?P<year>\d{4}),?",
        r"(?<![\d:])(?P<month>\d{1,2})(?:[-/]|月)(?P<day>\d{1,2})(?!\d)日?",  # without a year
    )
]
_EPOCH = re.compile(r"\s*(\d{10})(?:\d{3})?(?:\.\d+)?\s*")
_MAIL = re.compile(r"[A-Z][a-z]{2},\s+\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4}\s+\d")


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as Asia/Shanghai."""
    return ZoneInfo(name)


def zone_of(language: str | None, name: str | None = None) -> tzinfo:
    """The zone of dates that name none: `name` where given, else the usual one of the language, else UTC."""
    found = name or DEFAULT_ZONES.get(language or "")
    return zone(found) if found else UTC


def parse_date(text: str, default: tzinfo, year: int | None = None) -> datetime | None:
    """The first date in a text, with its time where one stands, time-zone-aware; None where there is none.

    Understands ISO 8601, 2023年07月19日 16:47, 2023/07/20, 202307/21 07:57, 23-07-26, July 19, 2023, mail dates,
    Unix seconds and milliseconds; and dates without a year (07-20 15:29) where `year` is given.

    Args:
        default: zone of a date that names none.
        year: the year of a date that was written without one.
    """
    if match := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(match.group(1)), UTC)
    if _MAIL.match(text):
        try:
            parsed = parsedate_to_datetime(text)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=default)
        except ValueError:
            pass
    for form in _FORMS:
        for match in form.finditer(text):
            if found := _build(match.groupdict(), default, year):
                return found
    return None


def _build(parts: dict[str, str | None], default: tzinfo, year: int | None) -> datetime | None:
    """A datetime of a match's groups, or None where they are no real date."""
    written = parts.get("year")
    value = int(written) if written else year
    if value is None:
        return None
    if written and len(written) == 2:
        value += 1900 if value >= _PIVOT else 2000
    month = _MONTHS.get((parts.get("name") or "").lower()) or int(parts.get("month") or 0)
    hour = int(parts["hour"] or 0)
    afternoon = parts["half"] in ("下午", "晚上") or (parts["meridiem"] or "").lower().startswith("p")
    if afternoon and hour < 12:
        hour += 12
    elif (parts["meridiem"] or "").lower().startswith("a") and hour == 12:
        hour = 0
    if not _EARLIEST <= value <= _LATEST:
        return None
    try:
        return datetime(
            value, month, int(parts["day"] or 0), hour, int(parts["minute"] or 0), int(parts["second"] or 0),
            tzinfo=_offset(parts["zone"]) or default,
        )  # fmt: skip
    except ValueError:
        return None


def _offset(written: str | None) -> tzinfo | None:
    """`Z`, `GMT+8`, `+08:00` or `+0800` as a time zone."""
    digits = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", written or "")
    if not digits:
        return UTC if written else None
    shift = timedelta(hours=int(digits.group(2)), minutes=int(digits.group(3) or 0))
    if shift >= timedelta(days=1):
        raise ValueError(f"{written} is no offset from UTC")
    return timezone(-shift if digits.group(1) == "-" else shift)


@dataclass(frozen=True, slots=True)
class Prefix:
    """What stood before a text: a date as written, a publisher, an author."""

    date: str | None = None
    source: str | None = None
    author: str | None = None


_LONGEST_PREFIX = 300  # characters; a later 正文： belongs to the text
_BODY_MARK = re.compile(r"[，,]?\s*正文\s*[：:]\s*")
_PREFIX_SOURCE = re.compile(r"来源\s*[:：]\s*([^|，,\s>]{2,30})")
_PREFIX_AUTHOR = re.compile(r"(?:记者|作者|编辑)\s*[:：]\s*([^|，,\s>]{2,30})")


def peel_date_prefix(body: str) -> tuple[str, Prefix]:
    """Take `2023-07-27 16:50，正文：` and its relatives off the head of a text.

    Returns the text without it and what it said; a text without the mark 正文： is returned as it is.
    """
    match = _BODY_MARK.search(body, 0, _LONGEST_PREFIX)
    if not match:
        return body, Prefix()
    head = body[: match.start()].strip()
    source, author = _PREFIX_SOURCE.search(head), _PREFIX_AUTHOR.search(head)
    return body[match.end() :], Prefix(
        head if any(character.isdigit() for character in head) else None,
        source.group(1) if source else None,
        author.group(1) if author else None,
    )
