"""What an edit changed, by word."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.text import Change, changes


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("今天晴", "明天晴", [("今", "明")]),
        ("共3人受伤。", "共5人受伤。", [("3", "5")]),
        ("It cost 1,200 dollars.", "It cost 1,500 dollars.", [("1,200", "1,500")]),
        ("the minister said", "the former minister said", [("", "former ")]),
        ("一二三", "一二三", []),
        ("", "新", [("", "新")]),
        ("旧的一段。\n后一段。", "后一段。", [("旧的一段。\n", "")]),
    ],
)
def test_a_change_is_as_small_as_a_word(before: str, after: str, found: list[tuple[str, str]]) -> None:
    assert changes(before, after) == [Change(*one) for one in found]


@given(st.text("ab 一二\n。", max_size=40), st.text("ab 一二\n。", max_size=40))
def test_what_was_taken_out_and_put_in_accounts_for_both_texts(before: str, after: str) -> None:
    found = changes(before, after)
    assert (found == []) == (before == after)
    grown = sum(len(one.after) - len(one.before) for one in found)
    assert len(after) - len(before) == grown
    place = 0
    for one in found:  # in order, and each where it says
        place = before.index(one.before, place)
        assert one.after in after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("的" * 200_000, "的" * 100_000 + "了" + "的" * 99_999),
        ("a b c " * 33_000, "b a d " * 33_000),
        ("\n" * 200_000, "x\n" * 100_000),
    ],
)
def test_the_longest_drafts_are_compared_in_bounded_time(before: str, after: str) -> None:
    began = time.process_time()
    assert changes(before, after)
    assert time.process_time() - began < 5
