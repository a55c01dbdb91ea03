from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from caibian.grounding import DateValue, find_dates, locate, unsupported

PUBLISHED = date(2015, 1, 30)  # a Friday


def value(text: str, published_at: date | None = PUBLISHED) -> DateValue:
    (mention,) = find_dates(text, "zh", published_at)
    assert mention.text in text
    assert isinstance(mention.value, DateValue)
    return mention.value


def calendar(text: str) -> tuple[int | None, int | None, int | None]:
    found = value(text)
    return found.year, found.month, found.day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015年1月22日", (2015, 1, 22)),
        ("二〇一五年三月", (2015, 3, None)),
        ("昨天", (2015, 1, 29)),
        ("昨晚8点", (2015, 1, 29)),
        ("前天", (2015, 1, 28)),
        ("明天", (2015, 1, 31)),
        ("去年", (2014, None, None)),
        ("去年12月", (2014, 12, None)),
        ("本月15日", (2015, 1, 15)),
        ("上月15日", (2014, 12, 15)),
        ("上周五", (2015, 1, 23)),
        ("本周一", (2015, 1, 26)),
        ("周三", (2015, 1, 28)),
        ("12日", (None, None, 12)),
        ("3月5日", (None, 3, 5)),
        ("2015-01-22", (2015, 1, 22)),
        ("公元前221年", (-221, None, None)),
    ],
)
def test_dates_are_resolved_against_the_publication_time(
    text: str, expected: tuple[int | None, int | None, int | None]
) -> None:
    assert calendar(text) == expected


def test_a_publication_time_with_a_clock_resolves_as_its_day() -> None:
    (mention,) = find_dates("昨天", "zh", datetime(2015, 3, 1, 8, 30, tzinfo=UTC))
    assert isinstance(mention.value, DateValue)
    assert (mention.value.month, mention.value.day) == (2, 28)


def test_clock_times_decades_and_parts_of_years() -> None:
    assert (value("下午3点半").hour, value("下午3点半").minute) == (15, 30)
    assert value("16时30分").minute == 30
    assert (value("上世纪90年代").year, value("上世纪90年代").years) == (1990, 10)
    assert (value("19世纪").year, value("19世纪").years) == (1800, 100)
    assert value("今年上半年").part == "h1"
    assert value("第三季度").part == "q3"
    assert value("上周末").days == 2


def test_each_end_of_a_range_is_a_date() -> None:
    assert [m.text for m in find_dates("1月10日-27日，2016-2020年，4月5日至12日")] == [
        "1月10日",
        "27日",
        "2016",
        "2020年",
        "4月5日",
        "12日",
    ]


@pytest.mark.parametrize(
    "text", ["3:1获胜", "涨3点", "第3日用品店", "三日本人", "2号种子", "最后一日", "30年来", "周期", "3个月"]
)
def test_scores_points_and_durations_are_no_dates(text: str) -> None:
    assert find_dates(text, "zh", PUBLISHED) == []


SUPPORTED = [
    ("12日", "1月12日", "exact"),
    ("1月", "2015年1月22日", "exact"),
    ("2015年1月", "1月22日电", "resolved"),
    ("2015年1月22日", "22日晚举行", "resolved"),
    ("昨天", "29日举行", "resolved"),
    ("去年", "2014年9月5日", "value"),
    ("去年9月", "2014年9月5日", "value"),
    ("上周五", "23日宣布", "resolved"),
    ("上周", "23日宣布", "resolved"),
    ("下午3点", "15时开始", "value"),
    ("20世纪", "1985年", "value"),
    ("2014年底", "2014年12月", "value"),
    ("6月", "怀孕6个月", "value"),
    ("January 22", "2015年1月22日", "value"),
    ("2015年3月5日", "2015-03-05", "value"),
]


@pytest.mark.parametrize(("claim", "source", "how"), SUPPORTED)
def test_a_partial_date_is_supported_by_a_fuller_one_and_by_context(
    claim: str, source: str, how: str
) -> None:
    (mention,) = find_dates(claim, "zh", PUBLISHED)
    located = locate(mention, source, "zh", PUBLISHED)
    assert located is not None
    assert located.how == how
    assert source[located.start : located.end] == located.text


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("13日", "12日"),
        ("2015年2月22日", "2015年1月22日"),
        ("2013年", "2014年9月5日"),
        ("2014年1月22日", "1月22日"),
        ("17日上午", "17日下午"),
        ("昨天", "12日举行"),
        ("上周五", "20日宣布"),
        ("16时", "15时"),
        ("2014年底", "2014年3月"),
        ("19世纪", "1985年"),
        ("5日", "15日"),
    ],
)
def test_a_made_up_date_is_unsupported(claim: str, source: str) -> None:
    assert [m.text for m in unsupported(claim, source, kinds=("date",), published_at=PUBLISHED)] == [claim]


def test_the_publication_date_itself_supports_a_date() -> None:
    assert unsupported("1月30日", "没有日期的稿件", kinds=("date",), published_at=PUBLISHED) == []


def test_a_year_that_the_source_never_states_is_unsupported_without_a_publication_time() -> None:
    assert [m.text for m in unsupported("2015年3月5日", "3月5日", kinds=("date",))] == ["2015年3月5日"]


def test_relative_words_are_not_reported_where_no_publication_time_is_known() -> None:
    assert unsupported("昨天，去年，上周五", "没有日期", kinds=("date",)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22 January 2015", (2015, 1, 22)),
        ("Jan. 22, 2015", (2015, 1, 22)),
        ("last Monday", (2015, 1, 26)),
        ("yesterday", (2015, 1, 29)),
        ("in 2014", (2014, None, None)),
        ("last year", (2014, None, None)),
        ("22 يناير 2015", (2015, 1, 22)),
        ("أمس", (2015, 1, 29)),
        ("22 जनवरी 2015", (2015, 1, 22)),
    ],
)
def test_dates_of_other_languages(text: str, expected: tuple[int | None, int | None, int | None]) -> None:
    (mention,) = find_dates(text, "en", PUBLISHED)
    assert isinstance(mention.value, DateValue)
    assert (mention.value.year, mention.value.month, mention.value.day) == expected


def test_may_and_march_as_verbs_are_no_months() -> None:
    assert find_dates("They may march on. March on!", "en", PUBLISHED) == []


@pytest.mark.parametrize("text", ["2016年中国联赛开幕", "2015年中华鲟放流", "今年中秋"])
def test_the_middle_of_a_year_is_no_part_of_a_word(text: str) -> None:
    assert value(text).part is None


def test_the_middle_of_a_year() -> None:
    assert value("公司2014年中，股价下跌").part == "mid"
