"""Packing loses nothing, pads nothing and depends on its arguments only."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from caibian.training.packing import Encoded, PackedRows, pack, token_weights, tokens_read


def of_lengths(lengths: list[int]) -> list[Encoded]:
    return [Encoded([0] * length, 1) for length in lengths]


def sharing(counts: list[int], shared: int = 20, own: int = 10) -> list[Encoded]:
    """As many examples of each instruction as `counts` says; each begins with the instruction's tokens."""
    return [
        Encoded([kind] * shared + [100 + at] * own, 2, shared=shared)
        for kind, count in enumerate(counts)
        for at in range(count)
    ]


lengths = st.lists(st.integers(1, 60), min_size=1, max_size=80)


@given(lengths, st.integers(1, 3), st.integers(0, 5))
def test_every_example_stands_in_every_epoch_once_and_rows_keep_their_room(
    lengths: list[int], epochs: int, seed: int
) -> None:
    rows = pack(of_lengths(lengths), 64, epochs=epochs, seed=seed)
    placed = sorted(i for row in rows for i in row)
    assert placed == sorted(list(range(len(lengths))) * epochs)
    assert all(sum(lengths[i] for i in row) <= 64 for row in rows)
    assert rows == pack(of_lengths(lengths), 64, epochs=epochs, seed=seed)


def test_rows_are_nearly_full() -> None:
    rows = pack(of_lengths([20 + i % 37 for i in range(500)]), 512, epochs=1, seed=0)
    used = sum(20 + i % 37 for i in range(500))
    assert len(rows) <= math.ceil(used / 512) + 1  # the last row of an epoch may be short


def test_a_token_budget_ends_the_plan() -> None:
    rows = pack(of_lengths([10] * 100), 50, epochs=10, seed=0, max_tokens=205)
    assert sum(len(row) * 10 for row in rows) == 250  # the row that passes the budget is the last


def test_half_an_epoch_takes_half_of_the_examples() -> None:
    rows = pack(of_lengths([10] * 100), 50, epochs=1.5, seed=0)
    assert sum(len(row) for row in rows) == 150


def test_only_answers_are_labelled_and_positions_begin_anew() -> None:
    examples = [Encoded([1, 2, 3, 10, 11], 2), Encoded([4, 12], 1)]
    [part] = PackedRows(examples, [[0, 1]])[0]["parts"]
    assert part["input_ids"].tolist() == [[1, 2, 3, 10, 11, 4, 12]]
    assert part["position_ids"].tolist() == [[0, 1, 2, 3, 4, 0, 1]]
    assert part["targets"].tolist() == [10, 11, 12]
    assert part["label_positions"].tolist() == [2, 3, 5]  # each label is predicted from the token before it
    assert part["segments"] == [(5, -1), (2, -1)]


def test_a_shared_beginning_stands_once_in_a_part_and_positions_go_on_after_it() -> None:
    first, second = Encoded([1, 2, 3, 10, 11], 2, shared=2), Encoded([1, 2, 5, 12], 1, shared=2)
    alone = Encoded([1, 2, 7, 13], 1, shared=2)
    rows = PackedRows([first, second, alone], [[0, 1], [2]])
    [part] = rows[0]["parts"]
    assert part["input_ids"].tolist() == [[1, 2, 3, 10, 11, 5, 12]]
    assert part["position_ids"].tolist() == [[0, 1, 2, 3, 4, 2, 3]]
    assert part["segments"] == [(2, -1), (3, 0), (2, 0)]
    assert part["targets"].tolist() == [10, 11, 12]
    assert part["label_positions"].tolist() == [2, 3, 5]
    assert rows.tokens(0) == 9
    assert rows.read(0) == 7
    [part] = rows[1]["parts"]
    assert part["segments"] == [(4, -1)]  # nothing to share with: one piece


@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=6),
    st.integers(1, 6),
    st.integers(30, 200),
    st.integers(0, 3),
)
def test_bundles_lose_nothing_and_keep_their_room(
    counts: list[int], together: int, room: int, seed: int
) -> None:
    examples = sharing(counts)
    rows = pack(examples, room, epochs=1, seed=seed, together=together)
    assert sorted(i for row in rows for i in row) == list(range(len(examples)))
    assert all(tokens_read([examples[i] for i in row]) <= room for row in rows)
    for row, item in zip(
        rows, (PackedRows(examples, rows, part_tokens=room)[i] for i in range(len(rows))), strict=True
    ):
        [part] = item["parts"]  # what fits a row when planned fits it when built
        assert part["input_ids"].shape[1] == tokens_read([examples[i] for i in row])


def test_examples_of_one_instruction_are_put_together_and_read_their_beginning_once() -> None:
    examples = sharing([40, 40, 40])
    apart, together = (pack(examples, 120, epochs=1, seed=0, together=most) for most in (1, 4))
    read = [sum(tokens_read([examples[i] for i in row]) for row in rows) for rows in (apart, together)]
    assert read[1] == 120 * 10 + 30 * 20  # 30 bundles of 4
    assert read[1] < 0.6 * read[0]


@pytest.mark.parametrize(
    ("mode", "label", "lead"), [("token", 1, 1), ("sqrt", 0.5**0.5, 0.5), ("example", 0.5, 0.25)]
)
def test_tokens_of_a_card_weigh_the_same_whatever_their_answer(mode: Any, label: float, lead: float) -> None:
    short, long = Encoded([1, 9], 1, "label"), Encoded([1, 7, 8, 9], 3, "label")  # two tokens on average
    examples = [short, long, Encoded([1, 2, 3, 4, 9], 4, "lead")]
    [part] = PackedRows(examples, [[0, 1, 2]], token_weights(examples, mode))[0]["parts"]
    assert part["label_weights"].tolist() == pytest.approx([label] * 4 + [lead] * 4)
