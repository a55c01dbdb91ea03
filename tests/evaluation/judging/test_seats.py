"""Seats are balanced, reversed in every second repeat, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.evaluation.judging.seats import seatings


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7])
def test_every_system_sits_in_every_seat_equally_often(n: int) -> None:
    systems = "abcdefg"[:n]
    counts = Counter(
        (system, seat)
        for item in seatings([systems] * (4 * n), 2, seed=3)
        for seats in item
        for seat, system in enumerate(seats)
    )
    assert set(counts.values()) == {8}


def test_within_one_item_four_repeats_put_each_of_four_systems_first_once() -> None:
    for item in seatings(["abcd"] * 8, 4, seed=1):
        assert {seats[0] for seats in item} == set("abcd")


@given(
    answered=st.lists(st.sets(st.sampled_from("abcde"), max_size=5).map(sorted), max_size=12),
    repeats=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_each_second_repeat_is_the_reverse_of_the_one_before(
    answered: list[list[str]], repeats: int, seed: int
) -> None:
    found = seatings(answered, repeats, seed)
    assert found == seatings(answered, repeats, seed)
    for systems, item in zip(answered, found, strict=True):
        assert all(sorted(seats) == systems for seats in item)
        assert all(item[k + 1] == item[k][::-1] for k in range(0, repeats - 1, 2))


def test_neighbours_change_from_block_to_block() -> None:
    after = Counter(
        seats[seats.index("a") + 1]
        for item in seatings(["abcd"] * 200, 1, seed=0)
        for seats in item
        if seats[-1] != "a"
    )
    assert min(after.values()) > 0.2 * sum(after.values())
