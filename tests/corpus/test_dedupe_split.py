"""Copies are found, and nothing alike stands on two sides of the split."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caibian.corpus.config import SplitConfig
from caibian.corpus.split import assign
from caibian.errors import ConfigError
from caibian.records import Article
from tests.corpus.helpers import curate, story, write_jsonl

NO_SPLIT = {"validation": 0, "test": 0}


def sides_of(articles: list[Article]) -> dict[str, set[str | None]]:
    sides: dict[str, set[str | None]] = defaultdict(set)
    for article in articles:
        sides[str(article.cluster)].add(article.split)
    return sides


def test_exact_copies_differ_by_no_more_than_width_case_and_punctuation(tmp_path: Path) -> None:
    text = f"Ｇ２０峰会，{story(1)}"
    rows = [{"text": text}, {"text": f"g20 峰会：{story(1)[:-1]}！"}, {"text": story(2)}]
    articles, report = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", rows))
    assert len(articles) == 2
    assert report.dropped == {"duplicate": 1}


def test_near_copies_are_dropped_or_kept_in_one_cluster(tmp_path: Path) -> None:
    rows = [
        {"text": story(1, 20)},
        {"text": story(2, 20)},
        {"text": "（某报讯）" + story(1, 20)[:-8] + "记者报道。"},
    ]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    articles, report = curate(tmp_path / "drop", path)
    assert [a.body for a in articles] == [story(1, 20), story(2, 20)]
    assert report.dropped == {"near_duplicate": 1}
    articles, report = curate(tmp_path / "keep", path, dedupe={"near": "keep"})
    assert len(articles) == 3
    assert articles[0].cluster == articles[2].cluster == articles[0].id
    assert articles[1].cluster == articles[1].id
    assert report.metrics["articles_in_shared_clusters"] == 2


def test_the_threshold_decides_what_is_near(tmp_path: Path) -> None:
    rows = [{"text": story(1, 20)}, {"text": story(1, 20)[: len(story(1, 20)) // 2] + story(2, 10)}]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    assert len(curate(tmp_path / "strict", path)[0]) == 2
    assert len(curate(tmp_path / "lax", path, dedupe={"threshold": 0.2})[0]) == 1


def test_copies_are_found_across_sources_and_shards(tmp_path: Path) -> None:
    first = write_jsonl(tmp_path / "a.jsonl", [{"text": story(i)} for i in range(7)])
    second = write_jsonl(tmp_path / "b.jsonl", [{"text": story(i)} for i in range(5, 12)])
    articles, report = curate(tmp_path / "out", first, second, shard_rows=2)
    assert len(articles) == 12
    assert report.dropped == {"duplicate": 2}


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("甲队战胜乙队夺得联赛冠军", "甲队战胜乙队夺得联赛冠军", True),
        ("甲队战胜乙队，夺得联赛冠军！", "甲队 战胜乙队夺得联赛冠军", True),
        ("快讯", "快讯", True),
        ("甲队战胜乙队夺得本赛季足球联赛冠军", "甲队战胜乙队夺得本赛季足球联赛亚军", True),
        ("甲队战胜乙队夺得联赛冠军", "某市发布暴雨红色预警信号", False),
        ("早报", "晚报", False),
    ],
)
def test_repeated_headlines_share_a_cluster_and_both_texts_stay(
    tmp_path: Path, one: str, other: str, together: bool
) -> None:
    rows = [{"text": story(1), "title": one}, {"text": story(2), "title": other}]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    left, right = curate(tmp_path / "out", path, split=NO_SPLIT)[0]
    assert (left.cluster == right.cluster) == together
    left, right = curate(tmp_path / "off", path, split=NO_SPLIT, dedupe={"titles": None})[0]
    assert left.cluster != right.cluster


def test_bodies_and_headlines_chain_into_one_cluster(tmp_path: Path) -> None:
    rows = [
        {"text": story(1, 20), "title": "某地举行第一届马拉松比赛"},
        {"text": story(2, 20), "title": "某地举行第一届马拉松比赛"},
        {"text": story(2, 20)[:-6] + "完。", "title": "天气转凉市民添衣忙"},
        {"text": story(3, 20), "title": None},
    ]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    articles, _ = curate(tmp_path / "out", path, dedupe={"near": "keep"}, split=NO_SPLIT)
    assert Counter(a.cluster for a in articles) == {articles[0].id: 3, articles[3].id: 1}


@pytest.mark.parametrize("split", [{"test": 30, "validation": 10}, {"test": 0.3, "validation": 0.1}])
def test_splits_have_the_asked_size_and_keep_clusters_whole(tmp_path: Path, split: dict[str, Any]) -> None:
    rows = [
        {"text": story(i), "title": f"第{i // 3}场新闻发布会在京举行情况" + story(1000 + i // 3, 1)}
        for i in range(100)
    ]
    articles, report = curate(tmp_path / "out", write_jsonl(tmp_path / "a.jsonl", rows), split=split)
    assert report.metrics["split"] == {"train": 60, "validation": 10, "test": 30}
    sides = sides_of(articles)
    assert len(sides) < 50
    assert all(len(side) == 1 for side in sides.values())


def test_the_split_follows_the_seed_alone(tmp_path: Path) -> None:
    rows = [{"text": story(i)} for i in range(40)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    random.Random(5).shuffle(rows)
    shuffled = write_jsonl(tmp_path / "b.jsonl", rows)

    def test_side(out: str, source: Path, seed: int) -> set[str]:
        articles, _ = curate(tmp_path / out, source, split={"test": 10, "validation": 0}, seed=seed)
        return {a.body for a in articles if a.split == "test"}

    drawn = test_side("a", path, 1)
    assert test_side("b", shuffled, 1) == drawn
    assert test_side("c", path, 2) != drawn


def test_max_articles_draws_by_the_seed_from_everywhere(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": story(i), "id": str(i)} for i in range(60)])
    articles, report = curate(tmp_path / "out", path, max_articles=20)
    assert len(articles) == 20
    assert report.dropped == {"over_max_articles": 40}
    numbers = [int(a.id) for a in articles]
    assert numbers == sorted(numbers)
    assert max(numbers) > 40


def test_the_publishers_split_is_honoured(tmp_path: Path) -> None:
    names = ["train"] * 12 + ["dev"] * 4 + ["test"] * 4
    rows = [{"text": story(i), "split": name} for i, name in enumerate(names)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    articles, report = curate(
        tmp_path / "out", path, split={"publisher": True, "test": 0.5, "validation": 0.4}
    )
    assert [a.split for a in articles] == ["train"] * 12 + ["validation"] * 4 + ["test"] * 4
    assert report.metrics["moved_from_published_side"] == 0


def test_a_published_test_article_is_not_trained_on_under_another_headline(tmp_path: Path) -> None:
    rows = [
        {"text": story(1), "title": "某地举行第一届马拉松比赛", "split": "train"},
        {"text": story(2), "title": "某地举行第一届马拉松比赛", "split": "test"},
        {"text": story(3), "title": "天气转凉市民添衣忙碌中", "split": "train"},
        {"text": story(4), "title": "图书馆延长开放时间受欢迎", "split": "validation"},
    ]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    articles, report = curate(tmp_path / "out", path, split={"publisher": True})
    assert [a.split for a in articles] == ["test", "test", "train", "validation"]
    assert report.metrics["moved_from_published_side"] == 1
    assert any("1 articles left the side" in note for note in report.notes)


def test_a_side_the_publisher_lacks_is_drawn_from_train() -> None:
    published = ["train"] * 20 + ["test"] * 5
    names = [str(i) for i in range(25)]
    sides = assign(names, published, SplitConfig(publisher=True, validation=4, test=9), 0).sides
    assert sides[20:] == ["test"] * 5
    assert Counter(sides) == {"train": 16, "validation": 4, "test": 5}


def test_a_split_that_leaves_nothing_to_train_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"corpus\.split: asks for 4 for test and 1 for validation"):
        assign(list("abcde"), [None] * 5, SplitConfig(test=4, validation=1), 0)


@given(
    st.lists(st.integers(0, 15), min_size=4, max_size=60),
    st.data(),
    st.integers(0, 5),
)
def test_no_cluster_ever_stands_on_two_sides(clusters: list[int], data: st.DataObject, seed: int) -> None:
    names = [str(cluster) for cluster in clusters]
    published = data.draw(
        st.lists(
            st.sampled_from(["train", "validation", "test", None]), min_size=len(names), max_size=len(names)
        )
    )
    config = SplitConfig(publisher=data.draw(st.booleans()), validation=0.2, test=0.2)
    try:
        sides = assign(names, published, config, seed).sides
    except ConfigError:
        return  # the publisher's sides left nothing to draw from
    assert len({(name, side) for name, side in zip(names, sides, strict=True)}) == len(set(names))
    if not config.publisher:
        assert sides.count("test") <= max(1, round(0.2 * len(names)))
