"""Every metric against a case worked out by hand, and against the library that defines it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF
from sklearn.metrics import accuracy_score, f1_score

from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.figures import (
    INVALID,
    chrf_score,
    chrf_statistics,
    confusion,
    label_figures,
    text_figures,
)

LABELS = ["正面", "中性", "负面"]
TEXTS = st.text(alphabet="今天北京下雨了，ab 12", max_size=14)


def test_rouge_of_chinese_counts_characters() -> None:
    # 北京下雨 and 北京今天下雨: 4 of 4 and 4 of 6 characters; bigrams 北京, 下雨 of 3 and of 5; LCS 4.
    figures = text_figures(["北京下雨"], ["北京今天下雨"], ["zh"])
    assert figures["rouge1"].value == pytest.approx(2 * 1 * (4 / 6) / (1 + 4 / 6))
    assert figures["rouge2"].value == pytest.approx(2 * (2 / 3) * (2 / 5) / (2 / 3 + 2 / 5))
    assert figures["rougeL"].value == pytest.approx(0.8)


def test_word_order_lowers_rouge_l_and_leaves_rouge_1() -> None:
    figures = text_figures(["下雨北京"], ["北京下雨"], ["zh"])
    assert figures["rouge1"].value == 1.0
    assert figures["rougeL"].value == 0.5


def test_the_answer_that_is_the_reference_scores_one_in_everything() -> None:
    figures = text_figures(["北京今天下雨"], ["北京今天下雨"], ["zh"])
    assert {name: figure.value for name, figure in figures.items()} == pytest.approx(
        dict.fromkeys(["rouge1", "rouge2", "rougeL", "chrf", "chrf_corpus", "length_ratio"], 1.0)
    )


def test_an_empty_answer_scores_nothing_and_stays_in_the_mean() -> None:
    figures = text_figures(["", "北京下雨"], ["上海晴", "北京下雨"], ["zh", "zh"])
    for name in ("rouge1", "rouge2", "rougeL", "chrf"):
        assert figures[name].value == pytest.approx(0.5), name
    assert figures["chrf_corpus"].value < 1
    assert figures["length_ratio"].value == pytest.approx(4 / 7)


def test_length_is_characters_in_chinese_and_words_in_english() -> None:
    assert text_figures(["北京 下雨"], ["北京"], ["zh"])["length_ratio"].value == 2.0
    assert text_figures(["rain in Beijing now"], ["rain now"], ["en"])["length_ratio"].value == 2.0


def test_chrf_by_hand() -> None:
    # ab against abc: precision 1, 1; recall 2/3, 1/2; order 3 and above cannot be used.
    precision, recall = 1.0, (2 / 3 + 1 / 2) / 2
    expected = 5 * precision * recall / (4 * precision + recall)
    assert chrf_score(chrf_statistics(["ab"], ["abc"]))[0] == pytest.approx(expected)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_chrf_is_sacrebleus_by_sentence_and_by_corpus(pairs: list[tuple[str, str]]) -> None:
    answers, references = [a for a, _ in pairs], [r for _, r in pairs]
    statistics = chrf_statistics(answers, references)
    for score, answer, reference in zip(chrf_score(statistics), answers, references, strict=True):
        assert 100 * score == pytest.approx(CHRF().sentence_score(answer, [reference]).score)
    corpus = CHRF().corpus_score(answers, [references]).score
    assert 100 * chrf_score(statistics.sum(axis=0)) == pytest.approx(corpus)


def test_label_figures_by_hand() -> None:
    gold = ["正面", "正面", "中性", "负面"]
    said = ["正面", "中性", "中性", None]
    figures = label_figures(said, gold, LABELS)
    assert figures["accuracy"].value == 0.5
    # 正面: 2·1/(2+1); 中性: 2·1/(1+2); 负面: 0.
    assert figures["macro_f1"].value == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert figures["invalid_rate"].value == 0.25


def test_an_invalid_answer_is_wrong_and_never_dropped() -> None:
    all_right = label_figures(["正面", "负面"], ["正面", "负面"], LABELS)
    one_invalid = label_figures(["正面", None], ["正面", "负面"], LABELS)
    made_up = label_figures(["正面", "悲伤"], ["正面", "负面"], LABELS)
    assert all_right["macro_f1"].value == all_right["accuracy"].value == 1.0
    assert one_invalid["accuracy"].value == made_up["accuracy"].value == 0.5
    assert one_invalid["macro_f1"].value == made_up["macro_f1"].value == 0.5
    assert one_invalid["invalid_rate"].value == made_up["invalid_rate"].value == 0.5


def test_a_label_of_the_card_that_no_reference_has_is_valid_and_wrong() -> None:
    figures = label_figures(["中性", "负面"], ["正面", "负面"], LABELS)
    assert figures["invalid_rate"].value == 0.0
    assert figures["accuracy"].value == 0.5
    assert figures["macro_f1"].value == 0.5


ANSWERED = st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, None, "其他"]))


@given(st.lists(ANSWERED, min_size=1, max_size=40))
def test_accuracy_and_macro_f1_are_sklearns(pairs: list[tuple[str, str | None]]) -> None:
    gold, said = [g for g, _ in pairs], [s for _, s in pairs]
    spelled = [s or "无" for s in said]
    figures = label_figures(said, gold, LABELS)
    assert figures["accuracy"].value == pytest.approx(accuracy_score(gold, spelled))
    expected = f1_score(gold, spelled, labels=sorted(set(gold)), average="macro", zero_division=0)
    assert figures["macro_f1"].value == pytest.approx(expected)


def test_macro_f1_of_each_resample_is_that_of_the_resampled_items() -> None:
    draw = np.random.default_rng(0)
    gold = [LABELS[k] for k in draw.integers(0, 3, 60)]
    said = [g if draw.random() < 0.6 else LABELS[draw.integers(0, 3)] for g in gold]
    figure = label_figures(said, gold, LABELS)["macro_f1"]
    bootstrap = Bootstrap(60, resamples=100, seed=3)
    resampled = bootstrap._resampled(figure)
    for counts, value in zip(bootstrap._counts, resampled, strict=True):
        picked = np.repeat(np.arange(60), counts)
        expected = f1_score([gold[k] for k in picked], [said[k] for k in picked], average="macro")
        assert value == pytest.approx(expected)


def test_the_confusion_matrix_has_a_column_for_invalid_answers() -> None:
    table = confusion(["正面", None, "胡说"], ["正面", "正面", "负面"], LABELS)
    assert table == {
        "rows": LABELS,
        "columns": [*LABELS, INVALID],
        "counts": [[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1]],
    }
