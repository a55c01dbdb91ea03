"""A verdict is one order of all names, or an abstention with its reason; never a guess, never a tie."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.evaluation.judging.verdict import read_verdict
from caibian.evaluation.judging.wording import called, wording

NAMES = tuple("ABCD")
ZH = tuple("甲乙丙丁")
GOOD = '{"reason": "x", "ranking": ["B", "A", "D", "C"]}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"Sure, here it is:\n```json\n{GOOD}\n```\nLet me know!",
        '{"result": {"ranking": ["answer b", "a", "Answer D", "c."]}}',
        '{"ranking": "B > A > D > C"}',
        '{"ranking": [{"name": "B"}, {"name": "A"}, {"name": "D"}, {"name": "C"}]}',
        "{'ranking': ['B', 'A', 'D', 'C',]}",
        "B > A > D > C",
        "My order is **B** > **A** ＞ D → C, since B is accurate.",
        "1. B\n2. A\n3. D\n4. C\n",
        f'<think>perhaps {{"ranking": ["A", "B", "C", "D"]}}</think>{GOOD}',
    ],
)
def test_an_order_is_found_whatever_stands_around_it(text: str) -> None:
    assert read_verdict(text, NAMES).order == ("B", "A", "D", "C")


@pytest.mark.parametrize(
    "text",
    [
        '{"理由": "简洁", "排名": ["答案丁", "甲", "“乙”", "丙"]}',
        "我的名次是：丁 > 甲 ＞ 乙 > 丙。",
        "第一名：丁\n第二名：甲\n第三名：乙\n第四名：丙",
    ],
)
def test_chinese_names_are_read_too(text: str) -> None:
    assert read_verdict(text, ZH).order == ("丁", "甲", "乙", "丙")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"ranking": ["B", "A", "D"]}', "omits"),
        ("B > A > D", "omits"),
        ('{"ranking": ["B", "A", "A", "D", "C"]}', "repeats"),
        ('{"ranking": ["B", "A", "E", "D", "C"]}', "invents"),
        ("B > A > D > C > E", "invents"),
        ('{"ranking": [["B", "A"], "D", "C"]}', "ties"),
        ("B > A = D > C", "ties"),
        (f'{GOOD} or rather {{"ranking": ["A", "B", "C", "D"]}}', "several_orders"),
        ("I'm sorry, I cannot rank these answers.", "refuses"),
        ("抱歉，我无法评判这些内容。", "refuses"),
        ("All answers have their merits. B is accurate, A is lively.", "no_order"),
        ('{"ranking": []}', "omits"),
        ('{"reason": "B is', "cut_off"),
        ("   \n", "says_nothing"),
        ("[]", "no_order"),
    ],
)
def test_what_is_no_order_of_all_names_is_an_abstention_with_its_reason(text: str, code: str) -> None:
    found = read_verdict(text, NAMES)
    assert (found.order, found.abstained) == ((), code)


def test_a_verdict_that_was_cut_off_counts_only_if_its_object_was_whole() -> None:
    assert read_verdict('{"reason": "A > B > C > D', NAMES, "length").abstained == "cut_off"
    assert read_verdict("<think>A > B > C > D is", NAMES).abstained == "cut_off"
    assert read_verdict(GOOD + " And further", NAMES, "length").order == ("B", "A", "D", "C")


def test_every_reason_is_worded_in_both_languages() -> None:
    for section in wording().values():
        assert all(set(words) == {"zh", "en"} and all(words.values()) for words in section.values())
    assert called("abstentions", "omits", "zh") == "漏排了答案"
    assert called("abstentions", "unheard of") == "unheard of"


@given(st.text(max_size=200))
def test_any_text_gives_a_whole_order_or_a_worded_reason(text: str) -> None:
    found = read_verdict(text, NAMES)
    if found.abstained is None:
        assert sorted(found.order) == sorted(NAMES)
    else:
        assert found.order == ()
        assert found.abstained in wording()["abstentions"]


@given(
    order=st.permutations(NAMES),
    before=st.text("abc 甲，。\n", max_size=30),
    after=st.text("xyz 。`\n", max_size=30),
    reason=st.text(max_size=60),
)
def test_json_is_read_back_out_of_prose(order: list[str], before: str, after: str, reason: str) -> None:
    said = json.dumps({"reason": reason, "ranking": order})
    found = read_verdict(f"{before}{said}{after}", NAMES)
    assert found.order == tuple(order)
    assert found.reason == reason.strip()


@given(st.lists(st.sampled_from([*NAMES, "E", "F"]), max_size=7))
def test_only_permutations_are_orders(entries: list[str]) -> None:
    found = read_verdict(json.dumps({"ranking": entries}), NAMES)
    assert (found.abstained is None) == (sorted(entries) == sorted(NAMES))
