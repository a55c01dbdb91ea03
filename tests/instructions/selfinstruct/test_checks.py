"""The checks catch what was planted for them and let good pairs pass."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caibian.instructions.selfinstruct.checks import (
    DISPUTED,
    NEAR_DUPLICATE,
    REASONS,
    Kept,
    disputed,
    refusals,
)
from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.passages import Passage
from caibian.instructions.selfinstruct.prompts import Pair, prompt
from caibian.text import tidy
from tests.instructions.selfinstruct import planted
from tests.instructions.selfinstruct.planted import Planted

CAUGHT, REFUSED = 0.95, 0.05
_PLANTED = [reason for reason in REASONS if reason != DISPUTED]  # that one takes two pairs


def reasons(one: Planted, kept: Kept) -> list[str]:
    found = [refusal.reason for refusal in refusals(one.pair, one.passage, one.document, one.config)]
    return [*found, NEAR_DUPLICATE] if kept.twin(one.pair) else found


@pytest.fixture(scope="module")
def kept() -> Kept:
    """The good pairs as a run would have kept them."""
    pairs = Kept()
    for one in planted.good():
        pairs.add(one.pair)
    return pairs


def test_the_planted_set_is_whole() -> None:
    assert len(planted.good()) == 60
    assert Counter({kind: len(rows) for kind, rows in planted.bad().items()}) == dict.fromkeys(_PLANTED, 20)


@pytest.mark.parametrize("kind", _PLANTED)
def test_each_kind_of_bad_pair_is_caught_for_what_it_is(kind: str, kept: Kept) -> None:
    rows = planted.bad()[kind]
    missed = [one.pair for one in rows if kind not in reasons(one, kept)]
    assert len(missed) <= (1 - CAUGHT) * len(rows), missed


def test_a_question_that_one_answer_answers_in_two_ways_is_trusted_in_neither() -> None:
    good = [one.pair for one in planted.good()]
    for one, other in zip(good[:20], good[20:40], strict=True):
        torn = [one, one.model_copy(update={"answer": other.answer}), other]
        assert set(disputed(torn)) == {0, 1}, one
    assert all(disputed(two) == {} for two in zip(good[::2], good[1::2], strict=True))
    assert disputed([good[0], good[0]]) == {}  # said twice is no contradiction


def test_what_only_asks_is_no_evidence() -> None:
    passage = Passage(
        1,
        "15.4 限制登录。管理员是否可以远程登录？可以，先加入用户组登录组，再重启服务。",
        section=("15.4 限制登录",),
    )
    told = Pair(
        quote="先加入用户组登录组，再重启服务",
        instruction="管理员怎样才能远程登录？",
        answer="先加入用户组登录组，再重启服务。",
    )
    assert refusals(told, passage, "手册", SelfInstructConfig()) == []
    for quote, why in (
        ("管理员是否可以远程登录？", "question"),
        ("管理员是否可以远程登录", "question"),
        ("15.4 限制登录", "heading"),
    ):
        (refusal,) = refusals(told.model_copy(update={"quote": quote}), passage, "手册", SelfInstructConfig())
        assert refusal.reason == "answer_not_grounded"
        assert why in refusal.detail


@pytest.mark.parametrize(
    "question",
    [
        "加拿大警方会怎样调查这架直升机坠毁的原因？",
        "他的妻子去世后留下了谁？",
        "此次展览的目的是什么？",
        "《采编手册》中提到了什么？",
        "第 88 篇报道了什么？",
        "水利工人们每天都对水位进行实时监测。",
        "蔡先生到接云寺参拜，这是什么？",
    ],
)
def test_a_question_that_names_nothing_cannot_be_answered(question: str) -> None:
    passage = Passage(
        1, "一架直升机19日坠毁，警方着手调查这架直升机坠毁的原因。此次展览旨在传颂精神。他的妻子去世。"
    )
    pair = Pair(quote="警方着手调查", instruction=question, answer="x")
    assert "unanswerable" in [r.reason for r in refusals(pair, passage, "x", SelfInstructConfig())]


def test_few_good_pairs_are_refused() -> None:
    pairs, refused = Kept(), []
    for one in planted.good():
        if found := reasons(one, pairs):
            refused.append((found, one.pair))
        pairs.add(one.pair)
    assert len(refused) <= REFUSED * len(planted.good()), refused


@pytest.mark.parametrize("topic", ["news", "operations"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_examples_in_our_prompts_pass_every_check_but_that_against_repeating_them(
    topic: str, language: str
) -> None:
    config = SelfInstructConfig(topic=topic, language=language)  # type: ignore[arg-type]
    other = SelfInstructConfig(topic="operations" if topic == "news" else "news", language=language)  # type: ignore[arg-type]
    shot = prompt(config.topic, config.language).example
    for pair in shot.pairs:
        passage = Passage(1, shot.passage, section=(shot.section,))
        assert refusals(pair, passage, shot.document, other) == []
        elsewhere = refusals(pair, Passage(1, "An unlike text. 另一段文字。"), "x", config)
        assert "few_shot_leakage" in [refusal.reason for refusal in elsewhere]


def test_a_refusal_that_the_passage_speaks_of_is_no_refusal() -> None:
    config = SelfInstructConfig()
    passage = Passage(
        1, "《临澜晚报》规定，编辑遇到无法提供证据的投诉，一律答复：“抱歉，我们无法受理。”并登记在册。"
    )
    pair = Pair(
        quote="一律答复：“抱歉，我们无法受理。”",
        instruction="《临澜晚报》的编辑怎样答复无法提供证据的投诉？",
        answer="一律答复：“抱歉，我们无法受理。”并登记在册。",
    )
    assert refusals(pair, passage, "规定", config) == []


def test_words_that_only_look_like_pointers_at_a_text_are_let_pass() -> None:
    config = SelfInstructConfig()
    for instruction in (
        "《临澜晚报》的稿件作者要怎样署名？",
        "《临澜晚报》改动稿件后，要在文中注明什么？",
        "《临澜晚报》的样本文件存放在哪里？",
        "《临澜晚报》应该怎样核实伤亡数字？",
        "How long may the text of a headline be at the Marlow Tide?",
    ):
        pair = Pair(quote="核实是发稿的前提", instruction=instruction, answer="x")
        found = refusals(pair, Passage(1, "核实是发稿的前提。"), "x", config)
        assert "unanswerable" not in [refusal.reason for refusal in found], instruction


@pytest.mark.parametrize(
    ("instruction", "pointing"),
    [
        ("第 57 篇中，棕榈油的价格为什么上涨？", True),
        ("文档的第3.1节主要讲了什么？", True),
        ("《出版管理条例》第3章规定了什么？", False),
        ("《临澜晚报》第3节目预告怎样写？", False),
        ("《临澜晚报》怎样修改这个设计？", True),
        ("《临澜晚报》改版之后，读者怎样看这个改版？", False),
    ],
)
def test_a_part_of_something_unnamed_cannot_be_asked_about(instruction: str, pointing: bool) -> None:
    passage = Passage(1, f"{instruction}核实是发稿的前提。第 57 篇。第3.1节。")
    pair = Pair(quote="核实是发稿的前提", instruction=instruction, answer="核实是发稿的前提。")
    found = [refusal.reason for refusal in refusals(pair, passage, "x", SelfInstructConfig())]
    assert ("unanswerable" in found) is pointing


def test_a_purpose_that_the_passage_does_not_tell_is_made_up() -> None:
    instruction = "《临澜晚报》排查旧闻链接的目的是什么？"
    answer = "《临澜晚报》排查旧闻链接的目的是逐条核对失效的链接。"
    bare = "《临澜晚报》排查旧闻链接。编辑逐条核对失效的链接。记者每周开会。"
    told = "《临澜晚报》排查旧闻链接。编辑逐条核对失效的链接，以免读者被引到别处。记者每周开会。"
    pair = Pair(quote="编辑逐条核对失效的链接", instruction=instruction, answer=answer)
    reasons = [
        [refusal.reason for refusal in refusals(pair, Passage(1, text), "x", SelfInstructConfig())]
        for text in (bare, told)
    ]
    assert reasons == [["answer_not_grounded"], []]


def test_two_questions_of_one_form_about_two_things_are_both_kept() -> None:
    pairs = Kept()
    pairs.add(Pair(quote="", instruction="“山禾厨房”的视频要多长？", answer="每条视频控制在50秒至70秒。"))
    other = Pair(quote="", instruction="“山禾厨房”的预算有多少？", answer="每月投放预算为1.5万元。")
    assert pairs.twin(other) is None


def test_a_question_asked_twice_is_a_near_duplicate_whatever_is_answered() -> None:
    pairs = Kept()
    first = Pair(quote="", instruction="“山禾厨房”的视频要多长？", answer="每条视频控制在50秒至70秒。")
    pairs.add(first)
    again = first.model_copy(update={"answer": "前3秒必须出现成品画面，因为跳出率会高出18个百分点。"})
    assert pairs.twin(again) == first


def test_list_marks_and_supposed_cases_are_no_invented_figures() -> None:
    config = SelfInstructConfig()
    passage = Passage(1, "“山禾厨房”的投放先看自然流量，达标的再投300元测试，佣金高于40%的先查售后评价。")
    pair = Pair(
        quote="先看自然流量",
        instruction="有商家开出45%的佣金，“山禾厨房”该怎么办？",
        answer="1. 先看自然流量；\n2. 达标的再投300元测试；\n第三步，佣金高于40%的先查售后评价。",
    )
    assert refusals(pair, passage, "手册", config) == []
    invented = pair.model_copy(update={"answer": "先看自然流量，达标的再投800元测试。"})
    (refusal,) = refusals(invented, passage, "手册", config)
    assert (refusal.reason, refusal.detail) == (
        "answer_not_grounded",
        "answer: number without evidence: 800元",
    )


def test_a_name_that_stands_in_a_heading_or_the_title_counts_as_known() -> None:
    passage = Passage(1, "突发稿件经核实台签字才能上版，核实台每天18时在岗。", section=("临澜晚报核实台",))
    pair = Pair(
        quote="突发稿件经核实台签字才能上版",
        instruction="《临澜晚报》的突发稿件怎样才能上版？",
        answer="《临澜晚报》的突发稿件经核实台签字才能上版。",
    )
    assert refusals(pair, passage, "x", SelfInstructConfig()) == []


texts = st.lists(
    st.sampled_from(
        ["记者", "3万", "2021年", "“", "”", "the ", "Figure 1 ", "抱歉", "第一步，", "1. ", "《", "》", "。"]
    )
    | st.text(max_size=5),
    max_size=12,
).map(lambda parts: tidy("".join(parts)))


@settings(max_examples=60)
@given(texts, texts, texts, texts, st.sampled_from(["zh", "en"]))
def test_no_pair_whatever_makes_a_check_fail(
    quote: str, instruction: str, answer: str, passage: str, language: str
) -> None:
    pair = Pair(quote=quote, instruction=instruction, answer=answer)
    config = SelfInstructConfig(language=language)  # type: ignore[arg-type]
    assert {refusal.reason for refusal in refusals(pair, Passage(1, passage), "文件", config)} <= set(REASONS)
