"""The fact strip: what it says of each fact, and where it points."""

from __future__ import annotations

import importlib
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from caibian.grounding import Source, fact_strip, find, unsupported
from tests.grounding.test_unsupported import SOURCE, TEXTS
from tests.support import ROOT, shared_data

PUBLISHED = date(2015, 1, 22)


def strip(text: str, source: str = SOURCE) -> dict[str, tuple[str, str | None]]:
    """Fact -> (status, what the source says)."""
    found = fact_strip(text, Source(source, "zh", PUBLISHED), "zh", PUBLISHED)
    return {fact.mention.text: (fact.status, fact.source_text) for fact in found}


def test_a_fact_is_found_in_another_form_and_the_strip_points_to_it() -> None:
    said = strip("场外约1.2万人集会，同比增30%，全长2公里。")
    assert said == {
        "约1.2万人": ("found", "12034人"),
        "30%": ("found", "三成"),
        "2公里": ("found", "2000米"),
    }


def test_an_altered_fact_is_changed_and_points_to_what_the_source_says_instead() -> None:
    said = strip(
        "1月23日，四国外长在巴黎会晤，场外约1.5万人集会，施泰因迈亚说“我们就远了一步”，投资3.8亿欧元。"
    )
    assert said["1月23日"] == ("changed", "1月22日")
    assert said["巴黎"] == ("changed", "柏林")
    assert said["约1.5万人"] == ("changed", "12034人")
    assert said["施泰因迈亚"] == ("changed", "施泰因迈尔")
    assert said["3.8亿欧元"] == ("changed", "3.5亿欧元")
    status, pointed = said["我们就远了一步"]
    assert status == "changed"
    assert pointed is not None
    assert "就近了一步" in pointed


def test_an_invention_that_nothing_resembles_is_absent() -> None:
    assert strip("共造成9人死亡。") == {"9人": ("absent", None)}
    assert strip("“永不妥协，绝不后退。”") == {"永不妥协，绝不后退。": ("absent", None)}


def test_of_two_numbers_the_one_in_the_same_words_is_pointed_to() -> None:
    source = "事故造成12人死亡、25人受伤，另有3人失踪。救援人员共120人。"
    assert strip("事故造成12人死亡，30人受伤，5人失踪", source) == {
        "12人": ("found", "12人"),
        "30人": ("changed", "25人"),
        "5人": ("changed", "3人"),
    }


def test_english_numbers_are_pointed_to() -> None:
    source = "Mayor Sadiq Khan said 2,400 buses would run by March 2024. The plan costs £35 million."
    found = fact_strip(
        "Sadiq Khan promised 2,900 buses at a cost of £38 million.", Source(source, "en"), "en"
    )
    assert [(f.mention.text, f.status, f.source_text) for f in found] == [
        ("Sadiq Khan", "found", "Sadiq Khan"),
        ("2,900", "changed", "2,400"),
        ("£38 million", "changed", "£35 million"),
    ]


def test_the_day_of_publication_is_found_without_a_place() -> None:
    facts = fact_strip("1月22日", Source("无日期", "zh", PUBLISHED), "zh", PUBLISHED)
    assert [(f.status, f.how, f.source_start) for f in facts] == [("found", "resolved", None)]


def test_offsets_count_characters_and_emoji_are_one() -> None:
    text, source = "🎉🎉有56人", "🎉共有78人，🎉"
    (fact,) = fact_strip(text, source, "zh")
    assert text[fact.mention.start : fact.mention.end] == "56人"
    assert (fact.status, source[fact.source_start : fact.source_end]) == ("changed", "78人")


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_what_is_not_found_is_what_unsupported_reports_and_every_place_is_true(text: str, more: str) -> None:
    source = Source(SOURCE + more, "zh", PUBLISHED)
    facts = fact_strip(text, source, "zh", PUBLISHED)
    assert [f.mention for f in facts] == find(text, "zh", published_at=PUBLISHED)
    assert [f.mention for f in facts if f.status != "found"] == unsupported(
        text, source, "zh", published_at=PUBLISHED
    )
    for fact in facts:
        if fact.source_start is not None:
            assert source.text[fact.source_start : fact.source_end] == fact.source_text
        assert (fact.status == "absent") <= (fact.source_text is None)
        assert (fact.how is None) == (fact.status != "found")


def benchmark(name: str) -> object:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


def stories_file() -> Path:
    return shared_data("zh_news_xinhua_uhgeval.parquet")


@pytest.mark.slow
def test_altered_facts_of_real_stories_are_led_back_to_the_original() -> None:
    altered = benchmark("altered")
    found = list(altered.stories(stories_file()))[:200]  # type: ignore[attr-defined]
    counts = altered.measure_altered(found)  # type: ignore[attr-defined]
    for which, kind, least in (
        ("headline", "number", 0.7),
        ("continuation", "number", 0.97),
        ("continuation", "date", 0.97),
    ):
        total, right, wrong, _ = altered.shares(counts, which, kind)  # type: ignore[attr-defined]
        assert total >= 20
        assert right >= least
        assert wrong <= 0.12


@pytest.mark.slow
def test_a_strip_is_quick_enough_to_be_made_while_somebody_types() -> None:
    _, known = benchmark("altered").strip_speed(stories_file())  # type: ignore[attr-defined]
    assert known < 60  # milliseconds of processor time; about half of it on a quiet machine


def test_long_sources_are_not_all_kept_in_memory() -> None:
    first = Source.of("甲" * 100, "zh")
    assert Source.of("甲" * 100, "zh") is first
    large = [Source.of(f"{number}" * 100_000, "zh") for number in range(1, 4)]
    assert Source.of("1" * 100_000, "zh") is not large[0]
    assert Source.of("甲" * 100, "zh") is not first
