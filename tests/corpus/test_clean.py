"""What import undoes: wire slugs, date prefixes, dirt."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.corpus.config import SourceConfig
from caibian.corpus.dates import parse_date, peel_date_prefix, zone_of
from caibian.corpus.wire import split_headline
from tests.corpus.helpers import curate, story, write_jsonl

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("（体育）甲队夺冠", ("甲队夺冠", "体育")),
        ("(经济)[行情] 金价上涨", ("金价上涨", "经济/行情")),
        ("（港澳台)某地会议", ("某地会议", "港澳台")),
        ("【微特稿·科技】新发现", ("新发现", "微特稿·科技")),
        ("（财经·行情）30日收跌", ("30日收跌", "财经·行情")),
        ("（锐视角）（4）古塔书香", ("古塔书香", "锐视角")),
        ("（体育（足球））国足集训", ("国足集训", "体育·足球")),
        ("【特稿·快讯】——甲|乙", ("甲|乙", "特稿·快讯")),
        ("1月29日特稿（某国—海军涉腐）", ("某国—海军涉腐", "特稿")),
        ("5月1日特稿（相关链接：甲（图））", ("相关链接：甲（图）", "特稿")),
        ("特稿：某事始末", ("某事始末", "特稿")),
        ("新华社特稿：某事始末", ("某事始末", "特稿")),
        ("1月29日特稿（国际）某国选举", ("某国选举", "特稿/国际")),
        ("特稿写作培训班开班", ("特稿写作培训班开班", None)),
        ("某会议稿件预告（3月13日上午）", ("某会议稿件预告（3月13日上午）", None)),
        ("《某剧》热播（图）", ("《某剧》热播（图）", None)),
        ("（完）", ("（完）", None)),
        ("（体育", ("（体育", None)),
        ("特稿：", ("特稿：", None)),
        ("", ("", None)),
    ],
)
def test_wire_slugs_and_features(headline: str, expected: tuple[str, str | None]) -> None:
    assert split_headline(headline) == expected


@given(st.text(alphabet="（）()[]【】特稿新华社：—· 体育1月日甲乙", max_size=24))
def test_a_headline_is_never_lost_nor_reworded(headline: str) -> None:
    title, _ = split_headline(headline)
    assert bool(title) == bool(headline.strip())
    assert title in headline


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023-07-27 16:50", datetime(2023, 7, 27, 16, 50, tzinfo=SHANGHAI)),
        ("2023-08-16 18:24:57", datetime(2023, 8, 16, 18, 24, 57, tzinfo=SHANGHAI)),
        ("2023-07-26", datetime(2023, 7, 26, tzinfo=SHANGHAI)),
        ("2023年07月19日", datetime(2023, 7, 19, tzinfo=SHANGHAI)),
        ("2023年07月20日 18:14:59 来自北京市", datetime(2023, 7, 20, 18, 14, 59, tzinfo=SHANGHAI)),
        ("2023年7月9日星期日下午3时05分", datetime(2023, 7, 9, 15, 5, tzinfo=SHANGHAI)),
        ("[   2023/07/20  16:08   ]", datetime(2023, 7, 20, 16, 8, tzinfo=SHANGHAI)),
        ("202307/21 07:57:00", datetime(2023, 7, 21, 7, 57, tzinfo=SHANGHAI)),
        ("202307/1915:55:52", datetime(2023, 7, 19, 15, 55, 52, tzinfo=SHANGHAI)),
        ("23-07-26 22:00", datetime(2023, 7, 26, 22, 0, tzinfo=SHANGHAI)),
        ("来源：某网  |  2023年07月20日 08:57:43", datetime(2023, 7, 20, 8, 57, 43, tzinfo=SHANGHAI)),
        ("20230719", datetime(2023, 7, 19, tzinfo=SHANGHAI)),
        ("2023-07-27T16:50:11+08:00", datetime(2023, 7, 27, 16, 50, 11, tzinfo=SHANGHAI)),
        ("2023-07-27T16:50:11.123Z", datetime(2023, 7, 27, 16, 50, 11, tzinfo=UTC)),
        ("Wed, 19 Jul 2023 10:00:00 +0800", datetime(2023, 7, 19, 10, tzinfo=SHANGHAI)),
        ("July 19, 2023 3:05 PM", datetime(2023, 7, 19, 15, 5, tzinfo=SHANGHAI)),
        ("19 July 2023", datetime(2023, 7, 19, tzinfo=SHANGHAI)),
        ("1689760000", datetime(2023, 7, 19, 9, 46, 40, tzinfo=UTC)),
        ("07-20 15:29", None),
        ("2023-13-45", None),
        ("12:30", None),
        ("某年某月", None),
    ],
)
def test_dates(written: str, expected: datetime | None) -> None:
    assert parse_date(written, SHANGHAI) == expected


def test_dates_without_a_year_take_the_given_one() -> None:
    assert parse_date("7-20 15:37", SHANGHAI, 2023) == datetime(2023, 7, 20, 15, 37, tzinfo=SHANGHAI)
    assert parse_date("08/05", SHANGHAI, 2023) == datetime(2023, 8, 5, tzinfo=SHANGHAI)
    assert parse_date("2月30日", SHANGHAI, 2023) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31)), st.integers(-12, 14))
def test_iso_dates_come_back_whole(moment: datetime, hours: int) -> None:
    from datetime import timezone

    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
    assert parse_date(aware.isoformat(), SHANGHAI) == aware


@given(st.text(max_size=60))
def test_no_text_breaks_the_date_parser(text: str) -> None:
    found = parse_date(text, SHANGHAI, 2023)
    assert found is None or found.tzinfo is not None


def test_the_zone_of_a_date_follows_the_language() -> None:
    assert zone_of("zh") == SHANGHAI
    assert zone_of("en") is UTC
    assert zone_of("en", "Africa/Cairo") == ZoneInfo("Africa/Cairo")


@pytest.mark.parametrize(
    ("text", "body", "date", "source", "author"),
    [
        ("2023-07-27 16:50，正文：某事", "某事", "2023-07-27 16:50", None, None),
        ("，正文：某事", "某事", None, None, None),
        ("记者：张三，正文：某事", "某事", None, None, "张三"),
        ("来源：某网  |  2023年07月20日 08:57，正文：某事", "某事", "来源：某网  |  2023年07月20日 08:57", "某网", None),
        ("没有前缀的某事", "没有前缀的某事", None, None, None),
    ],
)  # fmt: skip
def test_date_prefixes(
    text: str, body: str, date: str | None, source: str | None, author: str | None
) -> None:
    rest, prefix = peel_date_prefix(text)
    assert (rest, prefix.date, prefix.source, prefix.author) == (body, date, source, author)


def test_a_mark_deep_in_the_text_is_no_prefix() -> None:
    text = story(1, 40) + "，正文：" + story(2)
    assert peel_date_prefix(text)[0] == text


def test_date_prefix_and_default_year_as_import_rules(tmp_path: Path) -> None:
    rows = [{"text": f"07-20 15:29，正文：{story(1)}"}, {"text": f"，正文：{story(2)}"}]
    source = {
        "path": str(write_jsonl(tmp_path / "a.jsonl", rows)),
        "import_rules": {"date_prefix": True, "default_year": 2023},
    }
    articles, report = curate(tmp_path / "out", source)
    assert [a.body for a in articles] == [story(1), story(2)]
    assert [a.published_at for a in articles] == [datetime(2023, 7, 20, 7, 29, tzinfo=UTC), None]
    assert "dates_unreadable" not in report.metrics["import"]


def test_an_unreadable_date_is_counted_and_noted(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": story(1), "date": "上周某天"}])
    [article], report = curate(tmp_path / "out", path)
    assert article.published_at is None
    assert report.metrics["import"]["dates_unreadable"] == 1
    assert any("1 dates could not be read" in note for note in report.notes)


def test_slugs_become_sections_and_titles_one_line(tmp_path: Path) -> None:
    rows = [
        {"title": "（体育）甲队\n  夺冠\u3000", "text": story(1)},
        {"title": "（体育）乙队夺冠", "text": story(2), "section": "要闻"},
    ]
    source = {
        "path": str(write_jsonl(tmp_path / "a.jsonl", rows)),
        "import_rules": {"wire_slugs": True},
        "licence": "unclear", "source": "某社",
    }  # fmt: skip
    articles, report = curate(tmp_path / "out", source)
    assert [(a.title, a.section) for a in articles] == [("甲队 夺冠", "体育"), ("乙队夺冠", "要闻")]
    assert {(a.licence, a.source) for a in articles} == {("unclear", "某社")}
    assert report.metrics["import"]["headlines_with_slug"] == 2
    plain, _ = curate(tmp_path / "plain", {**source, "import_rules": {}})
    assert plain[0].title == "（体育）甲队 夺冠"


def test_entities_tags_and_invisible_characters_are_removed(tmp_path: Path) -> None:
    dirty = f"<p class='x'>&nbsp;{story(1)}</p><br/>\u200b\ufeff&quot;Ｇ２０&quot;\u3000AT&amp;T 3 < 5 > 2"
    [article], _ = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", [{"text": dirty}]))
    assert article.body == f'{story(1)}\n\n"G20" AT&T 3 < 5 > 2'


def test_line_breaks_spelled_out_become_line_breaks(tmp_path: Path) -> None:
    text = f"{story(1)} \\n \\r\\n {story(2)}C:\\news"
    [article], _ = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", [{"text": text}]))
    assert article.body == f"{story(1)}\n\n{story(2)}C:\\news"


def test_ids_are_the_same_for_the_same_content_everywhere(tmp_path: Path) -> None:
    rows = [{"title": "甲", "text": story(1)}, {"title": "乙", "text": story(2)}]
    first, _ = curate(tmp_path / "one", write_jsonl(tmp_path / "a.jsonl", rows))
    second, _ = curate(tmp_path / "two", write_jsonl(tmp_path / "b.jsonl", rows[::-1]))
    assert {a.title: a.id for a in first} == {a.title: a.id for a in second}


def test_languages_are_told_or_taken_from_the_archive(tmp_path: Path) -> None:
    rows = [
        {"text": "The bank said on Friday that profits had grown by a third in the year to March."},
        {"text": story(1), "lang": "zh-CN"},
        {"text": "قال الرئيس في بيان صحفي إن الاقتصاد ينمو هذا العام بنسبة كبيرة جدا ومستمرة"},
        {"text": "प्रधानमंत्री ने शुक्रवार को कहा कि देश की अर्थव्यवस्था तेज़ी से बढ़ रही है और बढ़ेगी"},
    ]
    articles, report = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", rows))
    assert [a.language for a in articles] == ["en", "zh", "ar", "hi"]
    assert report.metrics["language"] == {"en": 1, "zh": 1, "ar": 1, "hi": 1}


def test_published_splits_are_read_under_their_many_names() -> None:
    from caibian.corpus.clean import clean_batch
    from caibian.corpus.rows import raw_batch

    counts: Counter[str] = Counter()
    names = ["train", "dev", "VALID", "test", "all", None]
    rows = raw_batch({"body": [story(i) for i in range(6)], "split": names})
    batch = clean_batch(rows, SourceConfig(dataset="x"), counts)
    assert batch.column("split").to_pylist() == ["train", "validation", "validation", "test", None, None]
    assert counts["split_names_unknown"] == 1
