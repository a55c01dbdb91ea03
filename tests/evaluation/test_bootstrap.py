"""Intervals that people can rely on: exact values, honest coverage, pairing, and the edges."""

from __future__ import annotations

import numpy as np
import pytest

from caibian.evaluation.bootstrap import Bootstrap, Figure, Interval, mean, ratio


def test_the_value_is_the_figure_over_the_items_as_they_are() -> None:
    assert Bootstrap(4).interval(mean([1, 0, 0, 1])).value == 0.5
    assert Bootstrap(3).interval(ratio([1, 0, 2], [2, 0, 2])).value == 0.75


def test_the_interval_of_a_mean_is_that_of_the_textbook_resampling() -> None:
    values = np.random.default_rng(5).normal(size=60)
    ours = Bootstrap(60, resamples=20_000, confidence=0.9, seed=1).interval(mean(values))
    picks = np.random.default_rng(2).integers(0, 60, size=(20_000, 60))
    low, high = np.quantile(values[picks].mean(axis=1), [0.05, 0.95])
    assert ours.low == pytest.approx(low, abs=0.01)
    assert ours.high == pytest.approx(high, abs=0.01)


def test_a_95_percent_interval_holds_the_truth_about_95_times_in_100() -> None:
    draw = np.random.default_rng(7)
    truth, trials = 0.3, 400
    held = 0
    for trial in range(trials):
        interval = Bootstrap(100, resamples=500, seed=trial).interval(mean(draw.random(100) < truth))
        held += interval.low <= truth <= interval.high
    # Binomial noise of 400 trials is 1.1 points; the percentile interval of a share is slightly narrow.
    assert 0.90 <= held / trials <= 0.98


def test_a_paired_difference_is_far_narrower_than_an_unpaired_one_on_alike_systems() -> None:
    draw = np.random.default_rng(3)
    hard = draw.normal(size=200)
    before, after = mean(hard), mean(hard + 0.1 + 0.05 * draw.normal(size=200))
    bootstrap = Bootstrap(200, seed=0)
    difference = bootstrap.difference(after, before)
    single = bootstrap.interval(after)
    assert difference.value == pytest.approx(0.1, abs=0.02)
    assert difference.excludes_zero
    assert (difference.high - difference.low) < 0.2 * (single.high - single.low)


def test_two_equal_systems_differ_by_exactly_nothing() -> None:
    values = np.random.default_rng(0).random(50)
    difference = Bootstrap(50).difference(mean(values), mean(values.copy()))
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    assert not difference.excludes_zero


def test_two_systems_of_the_same_skill_are_told_apart_about_5_times_in_100() -> None:
    draw = np.random.default_rng(11)
    alarms = sum(
        Bootstrap(100, resamples=500, seed=trial)
        .difference(mean(draw.random(100) < 0.6), mean(draw.random(100) < 0.6))
        .excludes_zero
        for trial in range(300)
    )
    assert alarms / 300 <= 0.10


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values = np.random.default_rng(0).random(30)
    first, again = (Bootstrap(30, seed=4).interval(mean(values)) for _ in range(2))
    assert first == again
    assert first != Bootstrap(30, seed=5).interval(mean(values))


def test_blocks_of_resamples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random(40)
    whole = Bootstrap(40, seed=1).interval(mean(values))
    monkeypatch.setattr("caibian.evaluation.bootstrap._BLOCK_CELLS", 40 * 7)
    blocks = Bootstrap(40, seed=1).interval(mean(values))
    assert (blocks.low, blocks.high) == pytest.approx((whole.low, whole.high), rel=1e-12)


def test_resamples_without_a_denominator_are_left_out_of_the_interval() -> None:
    supported, with_number = [1, 0, 0, 0, 0], [1, 1, 0, 0, 0]  # 10 % of the resamples hold neither
    interval = Bootstrap(5, seed=0).interval(ratio(supported, with_number))
    assert interval.value == 0.5
    assert (interval.low, interval.high) == (0, 1)


def test_a_figure_without_any_denominator_is_undefined_and_null_in_json() -> None:
    interval = Bootstrap(3).interval(ratio([0, 0, 0], [0, 0, 0]))
    assert np.isnan(interval.value)
    assert interval.json() == {"value": None, "low": None, "high": None}
    assert not interval.excludes_zero


def test_one_item_has_an_interval_of_no_width() -> None:
    assert Bootstrap(1).interval(mean([0.25])) == Interval(0.25, 0.25, 0.25)


def test_no_items_and_items_of_another_card_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        Bootstrap(0)
    with pytest.raises(ValueError, match="over 3 items"):
        Bootstrap(2).interval(mean([1, 2, 3]))


def test_a_figure_may_be_any_function_of_sums() -> None:
    spread = Figure(
        np.array([[1.0, 1.0], [3.0, 9.0]]), lambda sums: sums[..., 1] / 2 - (sums[..., 0] / 2) ** 2
    )
    assert spread.value == 1.0
    assert Bootstrap(2).interval(spread).low == 0.0
