from __future__ import annotations

import importlib
import sys
import time
from datetime import date, datetime
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caibian.grounding import KINDS, Source, find, locate, unsupported
from tests.support import ROOT, shared_data

CHARACTERS = "0123456789一二三十百千万亿半几多余第约近逾超年月日时点分:：-—/.,，、。％%比倍成元人个两半周上下去今昨本“”「」\"'«»《》·某张€٣१"
WORDS = "美元 公里 世纪 年代 百分之 分之 Obama NATO ملايين लाख January million 左右 北京 個月".split(" ")  # noqa: SIM905
PIECES = st.sampled_from([*CHARACTERS, *WORDS, " "])
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60)

SOURCE = """　　新华社柏林1月22日电（记者商婧）德国、法国、俄罗斯和乌克兰四国外长21日晚在柏林举行会晤，共有12034人在场外集会，
比去年增长三成。德国外长施泰因迈尔说：“如果协议能够付诸实施，那我们就近了一步。”项目全长2000米，投资3.5亿欧元。"""


def test_a_faithful_summary_has_no_unsupported_mention() -> None:
    text = "1月21日，四国外长在柏林会晤，场外约1.2万人集会，同比增30%。施泰因迈尔说“我们就近了一步”。全长2公里，投资三亿五千万欧元。"
    assert unsupported(text, SOURCE, published_at=date(2015, 1, 22)) == []


def test_every_invention_is_reported_in_order_with_its_place() -> None:
    text = "2月3日，弗拉德里希在柏林对1.5万人说：“永不妥协。”增幅为45%。"
    found = unsupported(text, SOURCE, published_at=date(2015, 1, 22))
    assert [(m.kind, m.text) for m in found] == [
        ("date", "2月3日"),
        ("name", "弗拉德里希"),
        ("number", "1.5万人"),
        ("quote", "永不妥协。"),
        ("number", "45%"),
    ]
    assert all(text[m.start : m.end] == m.text for m in found)


def test_only_the_kinds_asked_for_are_reported() -> None:
    found = unsupported("2月3日有1.5万人", SOURCE, kinds=("number",))
    assert [m.kind for m in found] == ["number"]
    assert unsupported("2月3日有1.5万人", SOURCE, kinds=()) == []


def test_nothing_is_supported_by_an_empty_source_and_nothing_found_in_an_empty_text() -> None:
    assert [m.text for m in unsupported("共56人", "", kinds=("number",))] == ["56人"]
    assert unsupported("", SOURCE) == []


def test_a_prepared_source_gives_the_same_answer_as_its_text() -> None:
    text = "2月3日有1.5万人，弗拉德里希"
    prepared = Source(SOURCE, "zh", date(2015, 1, 22))
    assert unsupported(text, prepared) == unsupported(text, SOURCE, published_at=date(2015, 1, 22))


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(["zh", "en", "ar", "hi"]), st.none() | st.datetimes())
def test_offsets_always_slice_to_the_mention_and_nothing_crashes(
    text: str, source: str, language: str, published: datetime | None
) -> None:
    for mention in find(text, language, KINDS, published):
        assert text[mention.start : mention.end] == mention.text
        assert mention.text
        located = locate(mention, source, language, published)
        if located is not None:
            assert source[located.start : located.end] == located.text


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.dates())
def test_a_text_supports_itself(text: str, published: date) -> None:
    assert unsupported(text, text, published_at=published) == []


@pytest.mark.parametrize(
    "unit",
    ["1", " ", "一", "1,", "“", "A-A ", "The ", "百", "·", "1:", "(", "年", "某", "x1", "٣", "one ", "1月"],
)
def test_long_monotonous_texts_take_no_more_than_linear_time(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    start = time.process_time()
    find(text, "en", ("number", "date", "quote"))
    assert time.process_time() - start < 10.0


def benchmark() -> ModuleType:
    sys.path.insert(0, str(ROOT / "benchmarks"))  # where a script finds the modules beside it
    try:
        return importlib.import_module("facts")
    finally:
        sys.path.pop(0)


@pytest.mark.slow
def test_numbers_and_dates_reach_the_bars_on_annotated_stories() -> None:
    facts = benchmark()
    result = facts.measure(shared_data(facts.FILE), limit=1000)
    recall, alarms = facts.bars(result.scores)
    assert recall >= 0.95
    assert alarms <= 0.05
