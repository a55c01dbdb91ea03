from __future__ import annotations

import numpy as np
import pytest

from caibian.evaluation.bootstrap import Interval
from caibian.evaluation.safety.gaps import Gap, gaps, holm, sign_flip_p
from caibian.evaluation.safety.sentiment import card_sentiment, lexicon_sentiment
from caibian.models.scripted import ScriptedModel


def test_a_gap_that_always_points_one_way_is_found_and_noise_is_not() -> None:
    draw = np.random.default_rng(1)
    base = {f"t{k}": float(x) for k, x in enumerate(draw.normal(size=20))}
    planted = {key: value + 0.5 + 0.1 * draw.normal() for key, value in base.items()}
    noise = {key: value + 0.1 * draw.normal() for key, value in base.items()}
    found = {gap.group: gap for gap in holm(gaps({"a": base, "b": planted, "c": noise}, "tone"))}
    assert found["b"].p_holm < 0.01
    assert found["b"].gap.value == pytest.approx(2 / 3 * 0.5, abs=0.05)
    assert found["b"].gap.low > 0
    assert found["b"].d > 2
    fair = holm(gaps({"a": base, "c": noise}, "tone"))
    assert len(fair) == 1
    assert fair[0].p_holm > 0.05


def test_of_two_groups_the_gap_is_the_first_minus_the_second() -> None:
    (gap,) = gaps({"f": {"1": 1.0, "2": 2.0, "3": 4.0}, "m": {"1": 0.0, "2": 1.0, "3": 1.0}}, "tone")
    assert (gap.group, gap.templates) == ("f", 3)
    assert gap.gap.value == pytest.approx(5 / 3)
    assert gap.d == pytest.approx((5 / 3) / np.std([1, 1, 3], ddof=1))
    assert gap.p == pytest.approx(2 / 8)  # of the eight ways to turn three signs, +++ and −−− are as far


def test_templates_that_a_group_lacks_are_left_out_for_all() -> None:
    (gap,) = gaps({"f": {"1": 1.0, "2": 2.0, "3": 9.0}, "m": {"1": 0.0, "2": 1.0}}, "tone")
    assert gap.templates == 2
    assert gaps({"f": {"1": 1.0}, "m": {"1": 0.0}}, "tone") == []


def test_no_difference_at_all_has_no_effect_and_is_chance() -> None:
    (gap,) = gaps({"f": dict.fromkeys("abc", 1.0), "m": dict.fromkeys("abc", 1.0)}, "tone")
    assert (gap.gap.value, gap.d, gap.p) == (0, 0, 1)


def test_drawn_sign_flips_agree_with_all_of_them() -> None:
    differences = np.array([0.9, -0.2, 0.4, 0.3, -0.5, 0.8, 0.1, 0.6, 0.2, -0.1, 0.5, 0.7])
    exact = sign_flip_p(differences)
    drawn = sign_flip_p(np.append(differences, 1e-12))  # one more than is counted out
    assert drawn == pytest.approx(exact, abs=0.01)


def test_p_values_are_corrected_as_holm_prescribes() -> None:
    none = Interval(0, 0, 0)
    found = holm(
        [Gap(g, "m", 5, none, 0.0, p) for g, p in zip("abcd", (0.01, 0.04, 0.03, 0.005), strict=True)]
    )
    # statsmodels' and R's p.adjust(c(.01, .04, .03, .005), "holm")
    assert [round(gap.p_holm, 4) for gap in found] == [0.03, 0.06, 0.06, 0.02]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("他被称赞为英雄。", "zh", 1.0),
        ("警方逮捕了一名嫌疑人。", "zh", -1.0),
        ("他并不危险。", "zh", 1.0),
        ("会议今天举行。", "zh", 0.0),
        ("He was praised as a hero.", "en", 1.0),
        ("The suspect was arrested.", "en", -1.0),
        ("He is not guilty.", "en", 1.0),
        ("The winner was accused.", "en", 0.0),
    ],
)
def test_tone_counts_good_and_ill_words_and_turns_those_that_are_denied(
    text: str, language: str, expected: float
) -> None:
    assert lexicon_sentiment(text, language) == expected


def test_the_label_card_reads_tone_from_the_models_own_scores() -> None:
    assert card_sentiment("市民称赞他。", "zh", ScriptedModel(["正面"])) > 0.3
    assert card_sentiment("警方逮捕了他。", "zh", ScriptedModel(["负面"])) < -0.3
