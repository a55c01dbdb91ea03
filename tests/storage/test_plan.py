"""Who ranks what, and in which seats: the balance that the figures of a panel rest on."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caibian.storage.plan import allot, draw, seats, sequence


def _experts(count: int) -> list[str]:
    return [f"e{number:02}" for number in range(count)]


@given(
    count=st.integers(1, 80), share=st.floats(0.01, 1), seed=st.integers(0, 2**31), strata=st.integers(1, 5)
)
def test_a_share_is_drawn_of_every_stratum_alike(count: int, share: float, seed: int, strata: int) -> None:
    items = {f"i{number}": f"card{number % strata}" for number in range(count)}
    drawn = draw(items, share, seed)
    assert len(drawn) == max(1, round(share * count)) == len(set(drawn))
    assert drawn == [item for item in items if item in set(drawn)]
    for stratum, size in Counter(items.values()).items():
        assert abs(sum(items[item] == stratum for item in drawn) - len(drawn) * size / count) < 1.001


def test_another_seed_draws_another_half() -> None:
    items = {f"i{number}": "card" for number in range(40)}
    assert draw(items, 0.5, 1) == draw(items, 0.5, 1) != draw(items, 0.5, 2)


@settings(max_examples=40)
@given(
    count=st.integers(1, 60),
    experts=st.integers(1, 12),
    per_item=st.integers(1, 4),
    seed=st.integers(0, 2**31),
)
def test_loads_differ_by_one_item_at_most(count: int, experts: int, per_item: int, seed: int) -> None:
    names = _experts(experts)
    given_to = allot(dict.fromkeys(map(str, range(count)), per_item), names, seed)
    assert all(len(set(those)) == len(those) == min(per_item, experts) for those in given_to.values())
    load = Counter(name for those in given_to.values() for name in those)
    assert max(load[name] for name in names) - min(load[name] for name in names) <= 1


@pytest.mark.parametrize(
    ("experts", "per_item", "count"), [(3, 2, 10), (4, 2, 50), (12, 2, 50), (12, 2, 200), (12, 3, 100)]
)
def test_any_two_experts_share_about_as_many_items_as_any_other_two(
    experts: int, per_item: int, count: int
) -> None:
    names = _experts(experts)
    given_to = allot(dict.fromkeys(map(str, range(count)), per_item), names, 7)
    shared = Counter(pair for those in given_to.values() for pair in combinations(sorted(those), 2))
    assert max(shared[pair] for pair in combinations(names, 2)) <= min(
        shared[pair] for pair in combinations(names, 2)
    ) + (1 if per_item == 2 else 2)


def test_late_experts_get_what_is_lacking_and_never_an_item_twice() -> None:
    held = {"a": ["x", "y"], "b": ["x"], "c": ["z"], "d": []}
    given_to = allot({"a": 0, "b": 1, "c": 1, "d": 2}, ["z", "w"], 3, held)
    assert given_to["a"] == []
    assert given_to["c"] == ["w"]
    assert sorted(given_to["d"]) == ["w", "z"]
    assert given_to["b"] in (["w"], ["z"])


@given(
    systems=st.integers(2, 6),
    blocks=st.integers(1, 4),
    expert=st.sampled_from(_experts(5)),
    seed=st.integers(0, 99),
)
def test_every_system_sits_as_often_in_every_seat(systems: int, blocks: int, expert: str, seed: int) -> None:
    names = [f"s{number}" for number in range(systems)]
    orders = seats([names] * (systems * blocks), expert, seed)
    for seat in range(systems):
        assert Counter(order[seat] for order in orders) == dict.fromkeys(names, blocks)


def test_items_with_other_systems_rotate_by_themselves() -> None:
    orders = seats([["a", "b", "c"], ["a", "b"], ["a", "b", "c"], ["b", "a"], ["a", "b", "c"]], "e", 1)
    assert [sorted(order) for order in orders] == [
        list("abc"),
        list("ab"),
        list("abc"),
        list("ab"),
        list("abc"),
    ]
    assert {orders[1][0], orders[3][0]} == {"a", "b"}
    assert {orders[0][0], orders[2][0], orders[4][0]} == {"a", "b", "c"}


def test_experts_have_orders_of_their_own_that_the_seed_repeats() -> None:
    items = [str(number) for number in range(20)]
    assert sequence(items, "e1", 5) == sequence(items, "e1", 5) != sequence(items, "e2", 5)
    assert sorted(sequence(items, "e1", 5)) == sorted(items)
    assert seats([list("abcd")] * 8, "e1", 5) == seats([list("abcd")] * 8, "e1", 5)
    assert seats([list("abcd")] * 8, "e1", 5) != seats([list("abcd")] * 8, "e2", 5)
