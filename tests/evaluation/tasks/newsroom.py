"""A tiny data folder in the layout of ChnSentiCorp, and systems whose answers are written beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caibian.datasets.card import packaged
from caibian.evaluation.tasks.config import TasksConfig
from caibian.evaluation.tasks.items import TaskSet, labelled_sets
from caibian.evaluation.tasks.run import evaluate
from caibian.evaluation.tasks.systems import System
from caibian.models.backend import Backend
from caibian.models.scripted import Script, ScriptedModel
from caibian.progress import Context

DATASET = "chnsenticorp"
_FILE = "tasks/zh_sentiment_chnsenticorp.parquet"
_PLACES = [
    "青岭",
    "东溪",
    "云浦",
    "北川",
    "南屏",
    "石门",
    "临江",
    "望海",
    "松林",
    "白塔",
    "桃源",
    "柳河",
    "槐荫",
    "梅山",
    "竹溪",
    "荷塘",
]
_GOOD = "房间 干净 明亮 早餐 丰盛 服务员 热情 下次 还来"
_BAD = "房间 又脏 又暗 早餐 难吃 服务员 冷淡 再也 不来"


def review(number: int, good: bool) -> str:
    """A review unlike the others in most of its words."""
    words = (_GOOD if good else _BAD).split()
    place, other = _PLACES[number % 16], _PLACES[(number * 7 + 3) % 16]
    return f"{place}{other}酒店第{number * 37}号：{words[number % 8]}，{words[(number * 3 + 1) % 8]}，门口的{other}路走{number}分钟到{place}站。"


def write_data(folder: Path, test: int = 12, train: int = 24) -> Path:
    """The folder with `test` and `train` reviews, every third of them good."""
    rows = [("train", number) for number in range(train)] + [("test", 100 + number) for number in range(test)]
    table = pa.table(
        {
            "split": [split for split, _ in rows],
            "text": [review(number, number % 3 == 0) for _, number in rows],
            "label": ["positive" if number % 3 == 0 else "negative" for _, number in rows],
        }
    )
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / _FILE)
    return folder


def reviews(folder: Path, limit: int | None = None, **sizes: int) -> TaskSet:
    """The set built of such a folder."""
    [one] = labelled_sets([packaged()[DATASET]], write_data(folder, **sizes), seed=0, limit=limit)
    return one


def right(one: TaskSet) -> dict[str, str | Exception]:
    """The script that answers everything right."""
    return {example.prompt: example.output for example in one.examples}


@contextmanager
def scripted(patch: pytest.MonkeyPatch, scripts: dict[str, Script]) -> Iterator[list[str]]:
    """Systems of these names open scripted models inside the block; yields the names as they are opened."""
    opened: list[str] = []

    def open_(self: System, batch_tokens: int) -> Backend:
        del batch_tokens
        opened.append(self.name)
        return ScriptedModel(scripts[self.name], self.name)

    with patch.context() as inner:
        inner.setattr(System, "open", open_)
        yield opened


def run(
    patch: pytest.MonkeyPatch, out: Path, sets: Sequence[TaskSet], scripts: dict[str, Script], **config: Any
) -> dict[str, Any]:
    """The table of an evaluation of scripted systems."""
    settings = TasksConfig(**{"way": "free", "resamples": 100, **config})
    with scripted(patch, scripts):
        named = [System(name, f"scripted:{name}", backend="scripted") for name in scripts]
        return evaluate(settings, named, sets, out, Context.quiet())


def value(table: dict[str, Any], metric: str, system: str = "model") -> float:
    """One figure of the table's only set."""
    [entry] = table["datasets"]
    row = next(row for row in entry["metrics"] if row["metric"] == metric)
    found: float = row["values"][system]["value"]
    return found
