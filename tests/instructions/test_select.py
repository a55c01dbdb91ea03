"""Balance and draws."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.instructions.config import Balance
from caibian.instructions.select import balanced, drawn, rank, with_numbers
from caibian.instructions.story import Draft
from tests.instructions.articles import story


def drafts(counts: dict[str, int]) -> list[Draft]:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return [Draft(story(k), "zh", f"输入{k}", label, "", label) for k, label in enumerate(labels)]


def kept(counts: dict[str, int], balance: Balance, most: int | None) -> dict[str, int]:
    return dict(Counter(str(one.label) for one in balanced(drafts(counts), balance, most)))


@pytest.mark.parametrize(
    ("balance", "most", "expected"),
    [
        ("none", None, {"a": 100, "b": 25, "c": 4}),
        ("equal", None, {"a": 4, "b": 4, "c": 4}),
        ("sqrt", None, {"a": 20, "b": 10, "c": 4}),
        ("equal", 30, {"a": 13, "b": 13, "c": 4}),
        ("equal", 12, {"a": 4, "b": 4, "c": 4}),
        ("sqrt", 34, {"a": 20, "b": 10, "c": 4}),
        (0.5, 34, {"a": 20, "b": 10, "c": 4}),
        (1, None, {"a": 100, "b": 25, "c": 4}),
        (0, 12, {"a": 4, "b": 4, "c": 4}),
        ("equal", 1000, {"a": 100, "b": 25, "c": 4}),
    ],
)
def test_labels_are_kept_in_the_proportions_asked_for(
    balance: Balance, most: int | None, expected: dict[str, int]
) -> None:
    assert kept({"a": 100, "b": 25, "c": 4}, balance, most) == expected


@given(
    counts=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 60), min_size=1),
    balance=st.sampled_from(["none", "sqrt", "equal", 0.25]),
    most=st.integers(0, 200),
)
def test_a_limit_is_used_to_the_full_and_no_label_beyond_its_count(
    counts: dict[str, int], balance: Balance, most: int
) -> None:
    found = kept(counts, balance, most)
    assert sum(found.values()) == min(most, sum(counts.values()))
    assert all(found[label] <= counts[label] for label in found)


def test_text_drafts_have_nothing_to_balance() -> None:
    texts = [Draft(story(k), "zh", "入", f"出{k}", "") for k in range(5)]
    assert balanced(texts, "equal", None) == texts
    assert balanced(texts, "equal", 3) == texts[:3]


def test_a_draw_does_not_change_when_articles_are_added() -> None:
    few, many = [story(k) for k in range(20)], [story(k) for k in range(40)]
    order = [article.id for article in drawn(few, seed=3)]
    wanted = set(order)
    assert [article.id for article in drawn(list(reversed(many)), seed=3) if article.id in wanted] == order
    assert drawn(many, seed=3)[0].split == "test"
    assert rank(1, "x") == rank(1, "x") != rank(2, "x")


@given(
    st.lists(st.sampled_from(["新馆接待110人", "新馆开馆"]), max_size=60),
    st.lists(st.sampled_from(["首日接待110人。", "新馆今天开门。"]), min_size=60, max_size=60),
    st.floats(0.05, 1),
    st.one_of(st.none(), st.integers(0, 80)),
)
def test_numbers_reach_their_share_where_there_are_enough(
    outputs: list[str], inputs: list[str], share: float, most: int | None
) -> None:
    made = [
        Draft(story(k), "zh", text, output, "")
        for k, (output, text) in enumerate(zip(outputs, inputs, strict=False))
    ]
    kept = with_numbers(made, share, most)
    assert [one for one in made if one in kept] == kept
    assert most is None or len(kept) <= most
    held = sum("人" in one.output for one in kept)
    assert held >= share * len(kept) - 1e-9
    if most is None:
        assert held == sum("人" in one for one in outputs)  # none with a number is left out for the share
    plain = [one for one in made if "人" not in one.output]
    if any("人" in one.input for one in plain if one in kept):  # those whose input has no number come first
        assert all(one in kept for one in plain if "人" not in one.input)
