"""Packing loses nothing, pads nothing and depends on its arguments only."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from caibian.training.packing import Encoded, PackedRows, pack

lengths = st.lists(st.integers(1, 60), min_size=1, max_size=80)


@given(lengths, st.integers(1, 3), st.integers(0, 5))
def test_every_example_stands_in_every_epoch_once_and_rows_keep_their_room(
    lengths: list[int], epochs: int, seed: int
) -> None:
    rows = pack(lengths, 64, epochs=epochs, seed=seed)
    placed = sorted(i for row in rows for i in row)
    assert placed == sorted(list(range(len(lengths))) * epochs)
    assert all(sum(lengths[i] for i in row) <= 64 for row in rows)
    assert rows == pack(lengths, 64, epochs=epochs, seed=seed)


def test_rows_are_nearly_full() -> None:
    rows = pack([20 + i % 37 for i in range(500)], 512, epochs=1, seed=0)
    used = sum(20 + i % 37 for i in range(500))
    assert len(rows) <= math.ceil(used / 512) + 1  # the last row of an epoch may be short


def test_a_token_budget_ends_the_plan() -> None:
    rows = pack([10] * 100, 50, epochs=10, seed=0, max_tokens=205)
    assert sum(len(row) * 10 for row in rows) == 250  # the row that passes the budget is the last


def test_half_an_epoch_takes_half_of_the_examples() -> None:
    rows = pack([10] * 100, 50, epochs=1.5, seed=0)
    assert sum(len(row) for row in rows) == 150


def test_only_answers_are_labelled_and_positions_begin_anew() -> None:
    examples = [Encoded([1, 2, 3, 10, 11], 2), Encoded([4, 12], 1)]
    [part] = PackedRows(examples, [[0, 1]])[0]["parts"]
    assert part["input_ids"].tolist() == [[1, 2, 3, 10, 11, 4, 12]]
    assert part["position_ids"].tolist() == [[0, 1, 2, 3, 4, 0, 1]]
    assert part["targets"].tolist() == [10, 11, 12]
    assert part["label_positions"].tolist() == [2, 3, 5]  # each label is predicted from the token before it
    assert part["boundaries"] == [0, 5, 7]


@pytest.mark.parametrize(
    ("mode", "label", "lead"), [("token", 1, 1), ("sqrt", 0.5**0.5, 0.5), ("example", 0.5, 0.25)]
)
def test_tokens_of_a_card_weigh_the_same_whatever_their_answer(mode: Any, label: float, lead: float) -> None:
    short, long = Encoded([1, 9], 1, "label"), Encoded([1, 7, 8, 9], 3, "label")  # two tokens on average
    examples = [short, long, Encoded([1, 2, 3, 4, 9], 4, "lead")]
    [part] = PackedRows(examples, [[0, 1, 2]], mode)[0]["parts"]
    assert part["label_weights"].tolist() == pytest.approx([label] * 4 + [lead] * 4)
