"""The agreement report: what its figures are, what it leaves out, and that it is fast enough to be used."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from caibian.evaluation.agreement import agreement_report, kendall_w, krippendorff_alpha
from caibian.evaluation.comparison import EMPTY
from caibian.records import Example, Ranking

SYSTEMS = "ABCDE"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def given_by(rater: str, item: int, order: str, **more: object) -> Ranking:
    return Ranking(f"i{item}", rater, tuple(order), kind="expert", **more)  # type: ignore[arg-type]


def example(item: int, card: str = "headline.news", language: str = "zh") -> Example:
    return Example(f"i{item}", "", "", "", card, "tiny", language, "test")


def noisy(seed: int, items: int, raters: int, noise: float, of: int = 4) -> list[Ranking]:
    """Rankings of a hidden true order of each item, seen through noise, by `of` of the raters."""
    draw = random.Random(seed)
    rankings = []
    for item in range(items):
        truth = draw.sample(SYSTEMS, len(SYSTEMS))
        for rater in draw.sample(range(raters), of):
            order = sorted(truth, key=lambda system: truth.index(system) + draw.gauss(0, noise))
            rankings.append(given_by(f"e{rater}", item, "".join(order)))
    return rankings


def values(block: dict[str, object]) -> dict[str, float | None]:
    return {name: found["value"] for name, found in block.items() if isinstance(found, dict)}


whole = st.lists(
    st.lists(st.permutations(SYSTEMS[:4]).map("".join), min_size=2, max_size=4), min_size=2, max_size=6
)


@settings(max_examples=25, deadline=None)
@given(whole)
def test_each_figure_is_what_plain_code_over_the_same_rankings_gives(items: Sequence[Sequence[str]]) -> None:
    rankings = [
        given_by(f"e{rater}", item, order)
        for item, orders in enumerate(items)
        for rater, order in enumerate(orders)
    ]
    overall = values(agreement_report(rankings, resamples=100)["experts"]["overall"])

    def places(order: str) -> list[int]:
        return [order.index(system) + 1 for system in SYSTEMS[:4]]

    pairs = [(places(one), places(two)) for orders in items for one, two in combinations(orders, 2)]
    alike = [
        (one[a] < one[b]) == (two[a] < two[b]) for one, two in pairs for a, b in combinations(range(4), 2)
    ]
    table = [
        [
            places(orders[rater])[system] if rater < len(orders) else float("nan")
            for orders in items
            for system in range(4)
        ]
        for rater in range(4)
    ]
    assert overall["tau"] == pytest.approx(fmean(kendalltau(*pair).statistic for pair in pairs), abs=1e-6)
    assert overall["spearman"] == pytest.approx(fmean(spearmanr(*pair).statistic for pair in pairs), abs=1e-6)
    assert overall["agreement"] == pytest.approx(fmean(alike), abs=1e-6)
    assert overall["kappa"] == pytest.approx(2 * fmean(alike) - 1, abs=1e-6)
    assert overall["kendall_w"] == pytest.approx(
        fmean(kendall_w([places(order) for order in orders]) for orders in items), abs=1e-6
    )
    assert overall["alpha"] == pytest.approx(krippendorff_alpha(table, "ordinal"), abs=1e-6)
    assert all(value is None or value <= 1 for value in overall.values())


def test_relabelling_experts_and_systems_changes_no_overall_figure() -> None:
    rankings = noisy(1, items=20, raters=6, noise=2)
    swapped = [
        Ranking(
            one.example_id,
            {"e0": "zoe", "e1": "adam"}.get(one.judge, one.judge),
            tuple({"A": "x", "E": "b"}.get(system, system) for system in one.order),
            kind="expert",
        )
        for one in rankings
    ]
    before, after = (
        agreement_report(each, resamples=200)["experts"]["overall"] for each in (rankings, swapped)
    )
    for name, figure in before.items():
        assert after[name] == pytest.approx(figure, abs=2e-6)


def test_experts_who_all_agree_reach_one_everywhere_and_nothing_is_left_to_adjudicate() -> None:
    orders = ["ABCDE", "EDCBA", "BADCE"]
    report = agreement_report(
        [given_by(name, item, order) for item, order in enumerate(orders) for name in "xyz"]
    )
    found = values(report["experts"]["overall"])
    assert set(found.values()) == {1.0}
    assert report["experts"]["overall"]["alpha"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert report["adjudicate"] == []


def test_experts_who_rank_at_random_are_at_chance_and_the_intervals_say_so() -> None:
    overall = agreement_report(noisy(2, items=400, raters=6, noise=1e6))["experts"]["overall"]
    for name in ("alpha", "spearman", "tau", "kappa", "kappa_marginal"):
        assert abs(overall[name]["value"]) < 0.06
        assert overall[name]["low"] < 0 < overall[name]["high"]
    assert overall["kendall_w"]["value"] == pytest.approx(overall["kendall_w_chance"], abs=0.03)


def test_knowing_which_system_is_better_as_a_rule_earns_kappa_but_no_marginal_kappa() -> None:
    draw = random.Random(5)
    rankings = [
        given_by(name, item, "AB" if draw.random() < 0.9 else "BA")
        for item in range(600)
        for name in ("x", "y")
    ]
    overall = values(agreement_report(rankings)["experts"]["overall"])
    assert overall["kappa"] > 0.5  # type: ignore[operator]
    assert abs(overall["kappa_marginal"]) < 0.12  # type: ignore[arg-type]


def test_a_partial_order_is_compared_on_the_systems_that_both_ranked() -> None:
    overall = values(
        agreement_report([given_by("x", 1, "ABCDE"), given_by("y", 1, "BDE")])["experts"]["overall"]
    )
    assert overall == pytest.approx(dict.fromkeys(overall, 1.0) | {"kappa_marginal": None})


def test_items_of_one_expert_are_counted_and_do_not_move_the_figures() -> None:
    rankings = noisy(3, items=12, raters=4, noise=2)
    lonely = [given_by("e9", 100 + item, "EDCBA") for item in range(30)]
    alone, joined = agreement_report(rankings), agreement_report(rankings + lonely)
    assert joined["experts"]["overall"] == alone["experts"]["overall"]
    assert joined["items"] == {"ranked": 42, "shared": 12, "judged": 0}
    assert joined["experts"]["raters"]["e9"]["shared"] == 0
    assert joined["experts"]["raters"]["e9"]["accuracy"]["value"] is None


def test_the_careless_expert_stands_out_in_accuracy_and_in_alpha_without_them() -> None:
    rankings = noisy(4, items=80, raters=5, noise=0.8, of=5)
    draw = random.Random(0)
    rankings = [
        given_by("e0", int(one.example_id[1:]), "".join(draw.sample(SYSTEMS, 5)))
        if one.judge == "e0"
        else one
        for one in rankings
    ]
    report = agreement_report(rankings)
    raters = report["experts"]["raters"]
    assert raters["e0"]["accuracy"]["high"] < min(raters[f"e{k}"]["accuracy"]["low"] for k in range(1, 5))
    assert raters["e0"]["alpha_without"]["low"] > report["experts"]["overall"]["alpha"]["high"]


def test_cards_and_languages_have_blocks_of_their_own() -> None:
    rankings = [given_by(name, item, "ABC") for item in range(4) for name in "xy"]
    rankings += [given_by("x", 9, "ABC"), given_by("y", 9, "CBA")]
    examples = [example(item) for item in range(4)] + [example(9, "summary.news", "en")]
    experts = agreement_report(rankings, examples)["experts"]
    assert {card: block["items"] for card, block in experts["cards"].items()} == {
        "headline.news": 4,
        "summary.news": 1,
    }
    assert experts["cards"]["headline.news"]["tau"]["value"] == 1
    assert experts["languages"]["en"]["tau"]["value"] == -1


def test_abstentions_are_counted_by_reason_and_are_no_ranking() -> None:
    skipped = [
        Ranking("i1", "z", (), "not_my_field", kind="expert"),
        Ranking("i1", "judge", (), "omits an answer"),
    ]
    report = agreement_report([given_by("x", 1, "ABC"), given_by("y", 1, "CBA"), *skipped])
    assert report["abstentions"]["experts"] == {"n": 1, "reasons": {"not_my_field": 1}}
    assert report["abstentions"]["judges"] == {"n": 1, "reasons": {"omits an answer": 1}}
    assert report["experts"]["raters"]["z"]["reasons"] == {"not_my_field": 1}
    assert report["experts"]["overall"]["raters"] == 2
    assert report["judges"]["judge"]["abstained"] == 1
    assert report["adjudicate"][0]["abstained"] == [{"rater": "z", "reason": "not_my_field"}]


def test_the_last_word_of_an_expert_counts_and_bad_rankings_are_left_out_by_reason() -> None:
    rankings = [
        given_by("x", 1, "CBA", at=NOON),
        given_by("x", 1, "ABC", at=NOON + timedelta(hours=1)),
        given_by("y", 1, "ABC", at=NOON),
        given_by("y", 2, "AAB"),
        given_by("y", 3, "A"),
        given_by("y", 77, "ABC"),
    ]
    report = agreement_report(rankings, [example(item) for item in (1, 2, 3)])
    assert report["experts"]["overall"]["tau"]["value"] == 1
    assert report["left_out"] == {
        "superseded": 1,
        "repeats_an_answer": 1,
        "fewer_than_two_answers": 1,
        "unknown_item": 1,
    }


def test_a_judge_is_held_against_the_majority_and_even_splits_are_left_out_and_counted() -> None:
    experts = [given_by("x", 1, "ABC"), given_by("y", 1, "ACB"), given_by("z", 1, "ABC")]
    experts += [given_by("x", 2, "AB"), given_by("y", 2, "BA")]
    judge = [Ranking("i1", "m", ("A", "C", "B", EMPTY)), Ranking("i2", "m", ("A", "B", EMPTY))]
    found = agreement_report([*experts, *judge])["judges"]["m"]
    assert (found["items"], found["pairs"], found["pairs_tied"], found["items_tied"]) == (2, 3, 1, 1)
    assert found["accuracy"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["kappa"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    # Kendall's tau with x, y and z on the first item is 1/3, 1, 1/3; with x and y on the second 1, -1.
    assert found["tau"]["value"] == pytest.approx((5 / 3 + 0) / 5, abs=1e-6)


def test_repeats_of_a_judge_weigh_together_as_much_as_one() -> None:
    experts = [given_by(name, item, "AB") for item in (1, 2) for name in "xy"]
    judge = [Ranking("i1", "m", ("A", "B"), repeat=k) for k in range(3)] + [Ranking("i2", "m", ("B", "A"))]
    assert agreement_report([*experts, *judge])["judges"]["m"]["accuracy"]["value"] == 0.5


def test_a_judge_as_good_as_an_expert_does_not_look_better_than_one() -> None:
    # Against a majority of all four experts, even splits left out, it would look better by four points.
    rankings = noisy(6, items=600, raters=5, noise=2.5, of=5)
    judged = [Ranking(one.example_id, "m", one.order) if one.judge == "e4" else one for one in rankings]
    found = agreement_report(judged)["judges"]["m"]
    difference = found["accuracy_difference"]
    assert difference["low"] < 0 < difference["high"]
    assert abs(difference["value"]) < 0.02
    assert found["accuracy"]["value"] - found["expert_accuracy"]["value"] > 0.03


def test_the_items_of_highest_disagreement_come_first_with_what_everybody_said() -> None:
    rankings = [given_by("x", 1, "ABC"), given_by("y", 1, "BAC")]
    rankings += [given_by("x", 2, "ABC", comment="clear"), given_by("y", 2, "CBA")]
    first, second = agreement_report(rankings, [example(1), example(2)])["adjudicate"]
    assert (first["example_id"], first["disagreement"]) == ("i2", 1.0)
    assert first["orders"] == [
        {"rater": "x", "order": ["A", "B", "C"], "comment": "clear"},
        {"rater": "y", "order": ["C", "B", "A"], "comment": None},
    ]
    assert second["disagreement"] == pytest.approx(1 / 3, abs=1e-6)
    assert len(agreement_report(rankings, adjudicate=1)["adjudicate"]) == 1


def test_the_same_seed_gives_the_same_report_and_it_is_json() -> None:
    rankings = noisy(8, items=15, raters=4, noise=2)
    first, again = (json.dumps(agreement_report(rankings, seed=3), allow_nan=False) for _ in range(2))
    assert first == again
    assert first == json.dumps(agreement_report(rankings[::-1], seed=3))
    assert first != json.dumps(agreement_report(rankings, seed=4))


@pytest.mark.parametrize("rankings", [[], [given_by("x", 1, "AB")], [Ranking("i1", "m", ("A", "B"))]])
def test_too_few_rankings_give_a_report_without_figures(rankings: list[Ranking]) -> None:
    report = agreement_report(rankings)
    json.dumps(report, allow_nan=False)
    assert report["experts"]["overall"]["alpha"] == {"value": None, "low": None, "high": None}


def test_ten_thousand_rankings_take_seconds() -> None:
    rankings = noisy(9, items=2500, raters=12, noise=2)
    began = time.process_time()
    agreement_report(rankings, [example(item, f"card{item % 20}") for item in range(2500)])
    assert time.process_time() - began < 40  # seconds of both cores; some 5 on a quiet machine
