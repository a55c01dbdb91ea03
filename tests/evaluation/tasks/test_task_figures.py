"""Figures of labelled tasks and of texts, against the libraries that define them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.figures import (
    bleu_figure,
    bleu_score,
    calibration_figure,
    class_figures,
    classification_figures,
)
from caibian.evaluation.tasks.pairs import mcnemar

LABELS = ["体育", "财经", "社会", "国际"]
ANSWERED = st.lists(
    st.tuples(st.sampled_from(LABELS[:3]), st.sampled_from([*LABELS, None, "别的"])), min_size=1, max_size=40
)
WORDS = st.lists(st.sampled_from(["今天", "下雨", "了", "the", "cat", "sat", "。", ",", "12"]), max_size=9)


@given(ANSWERED)
def test_f1_averages_and_accuracy_are_sklearns(pairs: list[tuple[str, str | None]]) -> None:
    gold, said = [g for g, _ in pairs], [s if s in LABELS else "无" for _, s in pairs]
    figures = classification_figures([s for _, s in pairs], gold, LABELS)
    present = sorted(set(gold))
    for average in ("micro", "macro", "weighted"):
        expected = f1_score(gold, said, labels=present, average=average, zero_division=0)
        assert figures[f"{average}_f1"].value == pytest.approx(expected), average
    assert figures["accuracy"].value == pytest.approx(accuracy_score(gold, said))


@given(ANSWERED)
def test_mcc_is_sklearns_with_invalid_answers_as_a_class(pairs: list[tuple[str, str | None]]) -> None:
    gold, said = [g for g, _ in pairs], [s if s in LABELS else "无" for _, s in pairs]
    value = classification_figures([s for _, s in pairs], gold, LABELS)["mcc"].value
    assert value == pytest.approx(matthews_corrcoef(gold, said), abs=1e-12)


@given(ANSWERED)
def test_each_labels_precision_recall_and_f1_are_sklearns(pairs: list[tuple[str, str | None]]) -> None:
    gold, said = [g for g, _ in pairs], [s or "无" for _, s in pairs]
    expected = precision_recall_fscore_support(gold, said, labels=LABELS, zero_division=0)
    figures = class_figures([s for _, s in pairs], gold, LABELS)
    for place, label in enumerate(LABELS):
        ours = [figures[label][name].value for name in ("precision", "recall", "f1")]
        assert ours == pytest.approx([column[place] for column in expected[:3]])


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5), st.sampled_from(["zh", "en", "ar"]))
def test_bleu_is_sacrebleus(pairs: list[tuple[list[str], list[str]]], language: str) -> None:
    joint = "" if language == "zh" else " "
    answers, references = ([joint.join(pair[side]) for pair in pairs] for side in (0, 1))
    tokenizer = {"zh": "zh", "en": "13a", "ar": "intl"}[language]
    expected = BLEU(tokenize=tokenizer).corpus_score(answers, [references]).score
    assert 100 * bleu_figure(answers, references, [language] * len(pairs)).value == pytest.approx(expected)


def test_bleu_of_many_resamples_is_that_of_each() -> None:
    rows = bleu_figure(["今天下雨了", "体育新闻", ""], ["今天下了雨", "体育新闻", "财经"], ["zh"] * 3).rows
    counts = np.array([[1, 1, 1], [2, 0, 1], [0, 3, 0], [0, 0, 3]])
    together = bleu_score(counts @ rows)
    assert together.tolist() == [float(bleu_score(one @ rows)) for one in counts]
    assert together[2] == pytest.approx(1.0)
    assert together[3] == 0.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_calibration_error_is_its_definition(items: list[tuple[float, bool]]) -> None:
    expected = 0.0
    for low in range(10):
        own = [(c, r) for c, r in items if low / 10 < c <= (low + 1) / 10 or (low == 0 and c == 0)]
        if own:
            gap = abs(sum(r for _, r in own) / len(own) - sum(c for c, _ in own) / len(own))
            expected += gap * len(own) / len(items)
    figure = calibration_figure([c for c, _ in items], [r for _, r in items])
    assert figure.value == pytest.approx(expected, abs=0.11 if _on_edge(items) else 1e-9)


def _on_edge(items: list[tuple[float, bool]]) -> bool:
    """Whether a confidence lies so near the edge of a bin that rounding decides."""
    return any(abs(c * 10 - round(c * 10)) < 1e-9 and 0 < c < 1 for c, _ in items)


def test_a_model_that_is_as_sure_as_it_is_right_is_calibrated() -> None:
    assert calibration_figure([0.75] * 4, [True, True, True, False]).value == 0.0
    assert calibration_figure([1.0] * 4, [False] * 4).value == 1.0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=50)
def test_mcnemar_is_the_exact_binomial_test(pairs: list[tuple[bool, bool]]) -> None:
    outcome = mcnemar([a for a, _ in pairs], [b for _, b in pairs])
    first = sum(a and not b for a, b in pairs)
    second = sum(b and not a for a, b in pairs)
    assert (outcome["only_first"], outcome["only_second"]) == (first, second)
    expected = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert outcome["p"] == pytest.approx(expected)


def test_mcnemar_by_hand() -> None:
    # Ten items on which they part, nine of them for the first: 2 (1 + 10) / 2^10.
    assert mcnemar([True] * 9 + [False], [False] * 9 + [True])["p"] == pytest.approx(22 / 1024)


def test_intervals_of_all_figures_hold_their_values() -> None:
    draw = np.random.default_rng(1)
    gold = [LABELS[k] for k in draw.integers(0, 4, 80)]
    said = [g if draw.random() < 0.7 else None for g in gold]
    bootstrap = Bootstrap(80, resamples=200, seed=1)
    for name, figure in classification_figures(said, gold, LABELS).items():
        interval = bootstrap.interval(figure)
        assert interval.low <= interval.value <= interval.high, name
