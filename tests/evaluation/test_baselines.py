"""The simple methods beside the model do what their names say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from caibian.evaluation.articles import publication_times
from caibian.evaluation.baselines import first_sentence, majority, random_labels, tfidf
from caibian.records import Article, Example, to_table, write_parquet


def test_the_first_sentence_ends_where_chinese_sentences_end() -> None:
    assert first_sentence("今天下雨。明天晴。", "zh") == "今天下雨。"
    assert first_sentence("Rain today. Sun tomorrow.", "en") == "Rain today."


def test_the_first_sentence_is_cut_to_the_cards_length_in_characters() -> None:
    assert first_sentence("今天 下雨不停。明天晴。", "zh", max_chars=4) == "今天 下雨"
    assert first_sentence("Rain today. Sun tomorrow.", "en", max_chars=6) == "Rain t"
    assert first_sentence("Rain today. Sun tomorrow.", "en", max_chars=5) == "Rain"
    assert first_sentence("今天下雨。", "zh", max_chars=100) == "今天下雨。"


@pytest.mark.parametrize("nothing", ["", " \n　"])
def test_no_text_has_an_empty_first_sentence(nothing: str) -> None:
    assert first_sentence(nothing, "zh", max_chars=5) == ""


def test_the_majority_of_equals_does_not_depend_on_their_order() -> None:
    assert majority(["b", "a", "b"], 2) == ["b", "b"]
    assert majority(["b", "a"], 1) == majority(["a", "b"], 1) == ["a"]


def test_random_labels_follow_the_seed_and_use_every_label() -> None:
    drawn = random_labels(["a", "b", "c"], 300, seed=1)
    assert drawn == random_labels(["a", "b", "c"], 300, seed=1)
    assert drawn != random_labels(["a", "b", "c"], 300, seed=2)
    assert all(70 <= drawn.count(label) <= 130 for label in "abc")


def test_tfidf_learns_characters_that_go_with_a_label() -> None:
    good = [f"第{k}场演出大获成功，观众满意" for k in range(10)]
    bad = [f"第{k}起事故造成损失，村民痛心" for k in range(10)]
    answers = tfidf(good + bad, ["正面"] * 10 + ["负面"] * 10, ["比赛成功，球迷满意", "火灾造成损失"])
    assert answers == ["正面", "负面"]


def test_tfidf_with_one_known_label_always_says_it() -> None:
    assert tfidf(["甲", "乙"], ["中性", "中性"], ["丙", ""]) == ["中性", "中性"]


def test_tfidf_answers_an_empty_text_too() -> None:
    assert tfidf(["好好好", "坏坏坏"], ["正面", "负面"], [""])[0] in ("正面", "负面")


def test_examples_of_no_article_have_no_time_of_publication(tmp_path: Path) -> None:
    write_parquet(
        tmp_path / "articles" / "0.parquet",
        to_table([Article("a", "正文", published_at=datetime(2026, 1, 2, tzinfo=UTC))], Article),
    )
    rows = [
        Example("1", "i", "x", "o", "sentiment.post", "posts", "zh", "test"),
        Example("2", "i", "x", "o", "headline.news", "news", "zh", "test", source_ids=("a",)),
    ]
    assert publication_times(tmp_path, rows[:1]) == {}
    assert publication_times(tmp_path, rows) == {"2": datetime(2026, 1, 2, tzinfo=UTC)}
