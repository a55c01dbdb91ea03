from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.evaluation.comparison import EMPTY
from caibian.evaluation.tables import EXPERTS, JUDGES, Scope, standing, standings
from caibian.evaluation.tables.standings import FEW_ITEMS, exact
from caibian.evaluation.tables.voices import voices
from caibian.records import Example, Ranking

SYSTEMS = ("a", "b", "c")


def ranked(orders: Sequence[Sequence[str]], judge: str = "j", kind: str = "model") -> list[Ranking]:
    return [Ranking(f"i{k}", judge, tuple(order), kind=kind) for k, order in enumerate(orders)]


def test_a_leader_is_named_only_over_those_that_it_beats_beyond_chance() -> None:
    draw = random.Random(1)
    orders = [["a", "b", "c"] if draw.random() < 0.55 else ["b", "a", "c"] for _ in range(60)]
    one = standing(ranked(orders), SYSTEMS)
    assert one is not None
    verdict = one.verdict()
    assert verdict.leader == "a"
    assert verdict.level == ("b",)
    assert [duel.second for duel in verdict.behind] == ["c"]


def test_coin_flips_decide_nothing() -> None:
    draw = random.Random(2)
    one = standing(ranked([draw.sample(SYSTEMS, 3) for _ in range(100)]), SYSTEMS)
    assert one is not None
    assert not one.verdict().behind


@pytest.mark.parametrize(
    ("won", "items", "decided"), [(4, 4, False), (5, 5, False), (6, 7, False), (6, 6, True)]
)
def test_a_few_items_decide_only_what_an_exact_test_would(won: int, items: int, decided: bool) -> None:
    one = standing(ranked([["a", "b"]] * won + [["b", "a"]] * (items - won)), ("a", "b"))
    assert one is not None
    assert bool(one.verdict().behind) is decided


def test_many_repeats_and_experts_on_one_item_are_one_item() -> None:
    rankings = [Ranking("i0", f"e{k}", ("a", "b"), kind="expert") for k in range(50)]
    one = standing(rankings, ("a", "b"))
    assert one is not None
    assert (one.items, one.orders) == (1, 50)
    assert not one.verdict().behind


def test_the_empty_answer_and_abstentions_take_no_place() -> None:
    rankings = [*ranked([[EMPTY, "a", "b"]] * 9), Ranking("i9", "j", (), "refused")]
    one = standing(rankings, ("a", "b"))
    assert one is not None
    assert one.rank["a"].value == 1
    assert one.items == 9
    assert standing([Ranking("i", "j", (), "refused")], ("a", "b")) is None
    assert standing(ranked([["a"]]), ("a", "b")) is None


def test_exact_intervals_are_those_of_clopper_and_pearson() -> None:
    # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I
    assert exact(81 / 263, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert exact(15 / 148, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)
    assert exact(0.0, 20) == pytest.approx((0.0, 0.1684), abs=5e-5)
    assert exact(1 / 29, 29) == pytest.approx((0.0009, 0.1776), abs=5e-5)


@given(st.lists(st.permutations(SYSTEMS), min_size=1, max_size=FEW_ITEMS + 5))
def test_the_two_directions_of_a_pair_are_one_and_shares_hold_their_intervals(
    orders: list[list[str]],
) -> None:
    one = standing(ranked(orders), SYSTEMS, resamples=100)
    assert one is not None
    for (first, second), duel in one.duels.items():
        back = one.duels[second, first]
        assert duel.rate.value + back.rate.value == pytest.approx(1)
        assert duel.rate.low == pytest.approx(1 - back.rate.high)
        assert duel.rate.low - 1e-9 <= duel.rate.value <= duel.rate.high + 1e-9
    for shares in one.places.values():
        assert sum(shares) == pytest.approx(1)


def example(number: int, language: str, card: str) -> Example:
    return Example(f"i{number}", "", "", "", card, "d", language, "test")


def test_an_unfit_judge_is_heard_alone_and_in_no_group() -> None:
    orders = [["a", "b"]] * 8
    rankings = [
        *ranked(orders, "e1", "expert"), *ranked(orders, "e2", "expert"), *ranked(orders, "fit1"),
        *ranked(orders, "fit2"), *ranked(orders, "bad"), *ranked(orders, "rule", "checks"),
    ]  # fmt: skip
    found = voices(rankings, {"bad": ["first_seat"]})
    assert [voice.name for voice in found] == [EXPERTS, JUDGES, "fit1", "fit2", "bad", "rule"]
    assert found[1].judges == ("fit1", "fit2")
    assert [voice.name for voice in found if voice.unfit] == ["bad"]
    ranked_ = standings(
        [example(k, "zh", "c") for k in range(8)], rankings, ("a", "b"), {"bad": ["first_seat"]}
    )
    assert "bad" not in [voice.name for voice in ranked_.heard]


def test_every_language_and_card_has_a_standing_of_its_own() -> None:
    examples = [example(k, "zh" if k < 8 else "en", "one" if k % 2 else "two") for k in range(16)]
    rankings = ranked([["a", "b"]] * 8 + [["b", "a"]] * 8)
    found = standings(examples, rankings, ("a", "b"))
    voice = found.voices[0]
    leaders = {scope: one.verdict().leader for scope in found.scopes if (one := found.of(voice, scope))}
    assert leaders[Scope("zh")] == "a"
    assert leaders[Scope("en", "two")] == "b"
    assert len(leaders) == 7


def test_rankings_of_other_items_count_nowhere() -> None:
    rankings = [*ranked([["a", "b"]] * 3), Ranking("elsewhere", "j", ("b", "a"))]
    found = standings([example(k, "zh", "c") for k in range(3)], rankings, ("a", "b"))
    one = found.of(found.voices[0], Scope())
    assert one is not None
    assert one.items == 3
