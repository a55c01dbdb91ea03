"""Planted bias is found, and an honest judge is not condemned: 200 invented worlds each, through the real functions."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from caibian.evaluation.comparison import EMPTY
from caibian.evaluation.judging.bias import Examined, examine
from caibian.records import Ranking
from tests.evaluation.judging import planted
from tests.evaluation.judging.planted import SYSTEMS, Bias, World

SIMULATIONS = 200


def examined(world: World, rankings: list[Ranking], own: str | None = None, **settings: object) -> Examined:
    """The judge examined beside another, honest one."""
    other = world.rankings(planted.honest, judge="other", seed=9, repeats=1, **settings)  # type: ignore[arg-type]
    return examine(rankings, SYSTEMS, lengths=world.lengths, others=other, own=own)


def test_the_honest_judge_of_these_tests_orders_seventy_percent_of_pairs_rightly() -> None:
    found = [World(s).accuracy(World(s).rankings(planted.honest)) for s in range(20)]
    assert np.mean(found) == pytest.approx(0.70, abs=0.01)


@pytest.mark.parametrize(
    ("bias", "reason", "own"),
    [
        (planted.first_seat, "first_seat", None),
        (planted.longest, "longer_wins", None),
        (planted.own, "self_preference", "bee"),
    ],
    ids=["first seat", "longest answer", "own answers"],
)
def test_a_judge_that_follows_its_bias_in_two_of_three_cases_is_unfit(
    bias: Bias, reason: str, own: str | None
) -> None:
    unfit = 0
    for seed in range(SIMULATIONS):
        world = World(seed)
        unfit += reason in examined(world, world.rankings(bias, seed=1), own).reasons
    assert unfit >= 0.95 * SIMULATIONS


@pytest.mark.parametrize("fixed", [False, True], ids=["wavering", "steady"])
def test_an_honest_judge_is_fit_though_seventy_percent_of_its_pairs_are_right_and_it_is_the_best_system(
    fixed: bool,
) -> None:
    unfit = 0
    for seed in range(SIMULATIONS):
        world = World(seed)
        rankings = world.rankings(planted.honest, seed=1, fixed=fixed)
        unfit += examined(world, rankings, "dog").fit is not True
    assert unfit <= 0.05 * SIMULATIONS


def test_an_honest_judge_is_fit_where_the_longer_answers_are_the_better_ones_and_experts_say_so() -> None:
    condemned = alone = 0
    for seed in range(40):
        world = World(seed, length_of_quality=0.95)
        rankings = world.rankings(planted.honest, seed=1)
        condemned += examined(world, rankings, kind="expert").fit is False
        alone += examine(rankings, SYSTEMS, lengths=world.lengths).fit is False
    assert condemned == 0
    assert alone > 4  # without experts nobody can say so, and the plain rate stands


def test_wavering_flips_pairs_but_not_by_seat() -> None:
    world = World(3, items=200)
    figures = examined(world, world.rankings(planted.honest, repeats=4)).figures
    assert figures["flips"].value == pytest.approx(0.40, abs=0.04)
    assert figures["wavering"].value == pytest.approx(figures["flips"].value, abs=0.05)
    assert abs(figures["decided_by_seat"].value or 0) < 0.08


def test_a_judge_that_mostly_keeps_to_the_seats_is_unfit_from_whichever_end_it_reads() -> None:
    world = World(5)
    for sign in (1, -1):
        rankings = world.rankings(lambda perceived, seat, length, sign=sign: -sign * seat * 1.0)
        found = examined(world, rankings)
        assert {"first_seat", "decided_by_seat"} <= set(found.reasons)
        assert np.sign(found.figures["decided_by_seat"].value or 0) == sign


def test_a_judge_that_turns_more_pairs_round_than_chance_can_is_unfit_though_no_end_wins() -> None:
    world = World(7)
    rankings = world.rankings(
        lambda perceived, seat, length: np.where(perceived[:, :1] > 0, seat, -seat) * 1.0,
        follows=1.0,
        fixed=True,
    )
    assert "flips" in examined(world, rankings).reasons


def test_a_judge_that_puts_the_empty_answer_above_others_is_unfit() -> None:
    world = World(1)
    rankings = [
        dataclasses.replace(one, order=(EMPTY, *one.order[:-1])) if random.random() < 0.3 else one
        for one in world.rankings(planted.honest)
    ]
    found = examined(world, rankings)
    assert found.reasons == ("empty_not_last",)
    assert 0.2 < (found.figures["empty_not_last"].value or 0) < 0.4


def test_the_empty_answer_that_is_always_last_has_an_interval_of_its_own_though_nothing_varies() -> None:
    figure = examined(World(1), World(1).rankings(planted.honest)).figures["empty_not_last"]
    assert (figure.value, figure.low) == (0, 0)
    assert 0 < (figure.high or 0) < 0.12
    assert figure.method == "wilson"


def test_few_items_condemn_nobody_and_acquit_nobody() -> None:
    world = World(2, items=12)
    assert examine(world.rankings(planted.first_seat), SYSTEMS, lengths=world.lengths).fit is None


def test_without_a_reverse_or_another_judge_the_figures_say_why_they_are_missing() -> None:
    world = World(4)
    rankings = world.rankings(planted.honest, repeats=1)
    figures = examine(rankings, SYSTEMS, lengths=world.lengths, own="ant").figures
    assert figures["flips"].note == "no_reversal"
    assert figures["self_preference"].note == "nobody_to_compare"
    assert figures["first_seat"].method == "wilson"


def test_a_win_rate_at_equal_length_takes_the_gain_of_length_away() -> None:
    world = World(6, items=300)
    world.length[:, 3] *= 2.0  # dog writes twice as long …
    rankings = world.rankings(planted.longest, follows=0.5)  # … and the judge likes that
    found = examine(rankings, SYSTEMS, lengths=world.lengths)
    won = np.mean([one.order.index("dog") == 0 for one in rankings])
    at_equal_length = found.equal_length["win_rates"]
    assert won > 0.5
    assert at_equal_length["dog"]["value"] < 0.70
    assert found.equal_length["slope_of_doubling"]["low"] > 0.3
    assert at_equal_length["ant"]["value"] < at_equal_length["cat"]["value"]


def test_rankings_of_different_answers_and_abstentions_are_examined_together() -> None:
    world = World(8)
    rankings = world.rankings(planted.first_seat)
    some = [
        dataclasses.replace(
            one,
            order=tuple(s for s in one.order if s != "ant"),
            shown=tuple(s for s in one.shown if s != "ant"),
        )
        if int(one.example_id[1:]) % 2
        else one
        for one in rankings
    ]
    some.append(Ranking("e0", "judge", (), abstained="omits", repeat=9))
    figure = examine(some, SYSTEMS, lengths=world.lengths).figures["first_seat"]
    assert figure.beyond
    assert figure.most == pytest.approx((1 / 3 + 1 / 4) / 2 + 0.1, abs=0.01)
