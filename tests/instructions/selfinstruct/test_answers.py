"""Whatever a model writes, its whole pairs are read and nothing raises."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.instructions.selfinstruct.answers import read_answer
from caibian.instructions.selfinstruct.prompts import Pair
from caibian.instructions.selfinstruct.remarks import without_remark

ONE = {"quote": "须有监护人在场", "instruction": "采访未成年人要什么条件？", "answer": "须有监护人在场。"}
TWO = {"quote": "24小时内删除", "instruction": "素材怎么处理？", "answer": "素材在24小时内删除，并登记。"}
GOOD = json.dumps({"pairs": [ONE, TWO]}, ensure_ascii=False)
BOTH = (Pair(**ONE), Pair(**TWO))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        json.dumps({"pairs": [ONE, TWO]}, indent=2),
        f"好的，以下是根据材料写的问答：\n\n{GOOD}\n\n希望对您有帮助！",
        f"```json\n{GOOD}\n```",
        f"```json\n```json\n{GOOD}\n```\n```",
        f"~~~\n{GOOD}",
        json.dumps([ONE, TWO], ensure_ascii=False),
        json.dumps(ONE, ensure_ascii=False) + "\n" + json.dumps(TWO, ensure_ascii=False),
        GOOD.replace("}, {", "},\n\n{").replace("}]}", "},]}"),
        GOOD.replace('"}', '",}'),
        GOOD.replace("}, {", "} {"),
        GOOD.replace('", "', '"\n"'),
        GOOD.replace('": "', "“：“").replace('", "', "”，“").replace('{"', "{“").replace('"}', "”}"),
        GOOD.replace(": ", "：").replace(", ", "，"),
        GOOD.replace("{", "｛").replace("}", "｝").replace("[", "［").replace("]", "］"),
        GOOD.replace('"', "'"),
        json.dumps(GOOD, ensure_ascii=False),
        GOOD[:-2],
        GOOD[:-3],
        json.dumps({"data": {"pairs": {"1": ONE, "2": TWO}}}),
        GOOD.replace('"quote"', '"引文"').replace('"instruction"', '"问题"').replace('"answer"', '"答案"'),
        GOOD.replace('"quote"', "quote")
        .replace('"instruction"', "Instruction")
        .replace('"answer"', "answer"),
    ],
)
def test_pairs_are_read_through_what_models_do_to_json(text: str) -> None:
    assert read_answer(text).pairs == BOTH


def test_the_whole_objects_of_half_an_array_are_kept_and_the_cut_one_is_counted() -> None:
    read = read_answer(GOOD[: GOOD.index("24小时内删除，并") + 3])
    assert (read.pairs, read.broken) == (BOTH[:1], 1)


def test_a_single_object_stands_for_an_array_of_one() -> None:
    assert read_answer(json.dumps(ONE)).pairs == BOTH[:1]


def test_quotation_marks_inside_a_string_do_not_end_it() -> None:
    text = '{"quote": "他说"更正不是丢脸"，并要求登记", "instruction": "他怎么“看”更正？", "answer": "他说："不丢脸"。"}'
    (pair,) = read_answer(text).pairs
    assert pair.quote == '他说"更正不是丢脸"，并要求登记'
    assert pair.answer == '他说："不丢脸"。'


def test_steps_given_as_a_list_become_lines_and_numbers_become_words() -> None:
    text = '{"question": "分几步？", "answer": ["先登记", "再核实"], "quote": 24}'
    assert read_answer(text).pairs == (Pair(quote="24", instruction="分几步？", answer="先登记\n再核实"),)


def test_a_pair_without_a_quote_is_left_to_the_checks_and_one_without_an_answer_is_broken() -> None:
    text = '[{"instruction": "问", "answer": "答"}, {"instruction": "问", "quote": "引"}, {"note": "x"}]'
    read = read_answer(text)
    assert read.pairs == (Pair(quote="", instruction="问", answer="答"),)
    assert read.broken == 1


@pytest.mark.parametrize(
    "text", ["", "材料中没有可问的内容。", "{}", "[]", "{{}}", "a {b} c", "null", '"text"']
)
def test_prose_without_pairs_gives_nothing(text: str) -> None:
    assert (read_answer(text).pairs, read_answer(text).broken) == ((), 0)


@given(st.text())
def test_no_text_whatever_raises(text: str) -> None:
    read_answer(text)


@given(
    st.lists(
        st.sampled_from(
            [
                *"{}[]\"“”：:,，、\\'‘’\n ",
                '"answer":',
                '"quote": "',
                "instruction：",
                "null",
                "\\u00",
                "\ud800",
                "问",
            ]
        ),
        max_size=60,
    ).map("".join)
)
def test_no_heap_of_json_marks_raises(text: str) -> None:
    read_answer(text)


@given(st.data())
def test_damage_after_a_whole_pair_never_costs_that_pair(data: st.DataObject) -> None:
    start = data.draw(st.integers(GOOD.index("}") + 1, len(GOOD)))
    end = data.draw(st.integers(start, len(GOOD)))
    text = GOOD[:start] + data.draw(st.text(max_size=8)) + GOOD[end:]
    assert read_answer(text).pairs[0] == BOTH[0]


@given(st.lists(st.fixed_dictionaries({name: st.text() for name in ONE}), min_size=1, max_size=4))
def test_valid_json_is_always_read_whole(pairs: list[dict[str, str]]) -> None:
    for text in (
        json.dumps({"pairs": pairs}),
        f"以下：\n```json\n{json.dumps(pairs, ensure_ascii=True)}\n```",
    ):
        assert len(read_answer(text).pairs) == len(pairs)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["answer", "instruction", "x"]), inner), max_leaves=20))  # fmt: skip
def test_valid_json_of_any_shape_never_raises(value: object) -> None:
    read_answer(json.dumps(value))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 40_000, '{"zz":"' * 30_000, '{"answer":"x' * 20_000]
)
def test_an_answer_that_runs_in_a_loop_is_given_up_in_time(text: str) -> None:
    start = time.perf_counter()
    read_answer(text)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (
            "联网失败时选择“暂不设置”。这样可以避免出现其他问题。",
            "联网失败时选择“暂不设置”。",
        ),
        ("联网失败时选择“暂不设置”。再按下“继续”。", "联网失败时选择“暂不设置”。再按下“继续”。"),
        ("联网失败时选择“暂不设置”。这一步可以稍后补做。", "联网失败时选择“暂不设置”。这一步可以稍后补做。"),
        ("这样可以避免出现其他问题。", "这样可以避免出现其他问题。"),
    ],
)
def test_a_remark_that_the_passage_does_not_make_is_taken_off(answer: str, kept: str) -> None:
    passage = "联网失败时选择“暂不设置”，再按下“继续”。这一步可以稍后补做。"
    pair = Pair(quote="联网失败时选择“暂不设置”", instruction="联网失败时选什么？", answer=answer)
    assert without_remark(pair, passage, "zh").answer == kept
