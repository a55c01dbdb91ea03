"""Control tokens lose their force, visibly, and come back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caibian.compliance import has_control_tokens, neutralise, reveal

TOKENS = [
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>", "<|user|>", "<s>", "</s>", "<bos>", "<eos>",
    "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<tool_call>", "</think>", "[gMASK]",
    "### Instruction:", "### Response:", "＜｜begin▁of▁sentence｜＞", "<｜User｜>", "<|IM_START|>",
]  # fmt: skip
PIECES = [
    "<",
    "|",
    ">",
    "·",
    "s",
    "/",
    "[",
    "]",
    "INST",
    "#",
    "###",
    " Instruction",
    ":",
    "im_end",
    " ",
    "\u200b",
    "＜",
    "｜",
    "\n",
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("between", ["", "\u200b", " "])
def test_a_token_is_neutralised_where_people_see_it_and_restored(token: str, between: str) -> None:
    text = f"前文{token[0]}{between}{token[1:]}后文"
    tame = neutralise(text)
    assert tame == text.replace(token[0], token[0] + "·", 1)
    assert token not in tame
    assert reveal(tame) == text


@pytest.mark.parametrize(
    "text",
    ["a < b > c", "[1] 见注", "《新闻》", "# 标题", "if x<y|z>w", "3 < 5 and 7 > 2", "<p>段落</p>", "[图片]"],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert neutralise(text) == text


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *TOKENS]) | st.text(max_size=3), max_size=14).map("".join))
def test_no_token_survives_and_nothing_is_lost(text: str) -> None:
    tame = neutralise(text)
    assert not has_control_tokens(tame)
    assert reveal(tame) == text
    assert not any(token in tame for token in TOKENS)


def test_long_texts_are_read_in_time() -> None:
    import time

    start = time.process_time()
    for piece in ("<", "<|", "[", "# ", "< | ", "<s", "<\u200b"):
        neutralise((piece * 60_000)[:60_000])
    assert time.process_time() - start < 3
