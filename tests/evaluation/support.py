"""A tiny newsroom: twelve invented stories, two cards, and models whose answers are written beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from caibian import models
from caibian.models.chat import Conversation, Options
from caibian.models.scripted import ScriptedModel
from caibian.progress import Context
from caibian.records import Answer, Article, Example, to_table, write_parquet

TOWNS = ["青岭", "东溪", "云浦", "北川桥", "南屏", "石门"]
LABELS = ["正面", "中性", "负面"]
GREEDY = Options()


def quiet(folder: Path) -> Context:
    """A context whose model is the file that `write_inputs` left in `folder`."""
    return Context.quiet(seed=3, model=str(folder / "weights.gguf"))


def story(number: int) -> str:
    """A short story with a number of its own."""
    town = TOWNS[number % len(TOWNS)]
    return f"{town}市图书馆{number + 3}日开馆，新馆藏书{110 + number}万册。馆长周敏说，每天开放到22时。市民纷纷前来借阅。"


def headline(number: int, split: str = "test") -> Example:
    """A headline example whose reference holds the story's number."""
    return Example(
        id=f"h-{split}-{number:02d}",
        instruction="请为下面的稿件拟一个新闻标题。",
        input=story(number),
        output=f"{TOWNS[number % len(TOWNS)]}市图书馆开馆藏书{110 + number}万册",
        card="headline.news",
        dataset="tiny",
        language="zh",
        split=split,
        source_ids=(f"a{number}",),
    )


def sentiment(number: int, split: str = "test") -> Example:
    """A sentiment example; its story says which label is right."""
    label = LABELS[number % 3]
    mood = {"正面": "市民十分满意，连声称赞", "中性": "会议按计划举行", "负面": "事故造成损失，令人痛心"}[
        label
    ]
    return Example(
        id=f"s-{split}-{number:02d}",
        instruction="判断下面这条新闻的情感倾向，只回答其中一个：正面、中性、负面。",
        input=f"{TOWNS[number % len(TOWNS)]}消息：{mood}，编号{number}。",
        output=label,
        card="sentiment.news",
        dataset="tiny",
        language="zh",
        split=split,
        source_ids=(f"a{number}",),
    )


def held_out_examples(count: int = 6) -> list[Example]:
    """`count` held-out examples of each card."""
    return [make(number) for number in range(count) for make in (headline, sentiment)]


def write_inputs(folder: Path, held_out: Sequence[Example] | None = None) -> dict[str, Path]:
    """Stage folders with instructions, an adapter and a corpus; returns the stage's `inputs`."""
    inputs = {name: folder / name for name in ("corpus", "instructions", "training")}
    train = [make(number, "train") for number in range(6, 18) for make in (headline, sentiment)]
    for split, examples in (
        ("test", held_out_examples() if held_out is None else held_out),
        ("train", train),
    ):
        write_parquet(inputs["instructions"] / f"{split}.parquet", to_table(list(examples), Example))
    adapter = inputs["training"] / "adapter"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text("{}")
    (adapter / "adapter_model.safetensors").write_bytes(b"scripted")
    (folder / "weights.gguf").write_bytes(b"GGUF scripted")
    articles = [
        Article(
            id=f"a{number}",
            body=sentiment(number).input,
            published_at=datetime(2024, 3, number + 1, tzinfo=UTC),
            language="zh",
            labels={"sentiment": ["positive", "neutral", "negative"][number % 3]},
            split="train" if number >= 6 else "test",
        )
        for number in range(30)
    ]
    write_parquet(inputs["corpus"] / "articles" / "0.parquet", to_table(articles, Article))
    return inputs


@dataclass
class Asked:
    """What models were asked, in order: (system, prompt)."""

    questions: list[tuple[str, str]]


def right(examples: Sequence[Example]) -> dict[str, str]:
    """The script that gives every reference."""
    return {example.prompt: example.output for example in examples}


@contextmanager
def scripted(
    patch: pytest.MonkeyPatch,
    before: Mapping[str, str | Exception],
    after: Mapping[str, str | Exception],
    stop_after: int | None = None,
) -> Iterator[Asked]:
    """`open_model` gives scripted models inside the block; `stop_after` calls of generate it is interrupted."""
    asked, calls = Asked([]), 0

    class Model(ScriptedModel):
        def __init__(self, system: str, script: Mapping[str, str | Exception]) -> None:
            super().__init__(script, system)

        def generate(
            self, conversations: Sequence[Conversation], options: Options = GREEDY, on_done: Any = None
        ) -> list[Answer]:
            nonlocal calls
            if stop_after is not None and calls >= stop_after:
                raise KeyboardInterrupt
            calls += 1
            asked.questions += [(self.name, turns[-1]["content"]) for turns in conversations]
            return super().generate(conversations, options, on_done)

    def open_model(reference: str, *, adapter: Path | None = None, **_: Any) -> ScriptedModel:
        return Model("before", before) if adapter is None else Model("after", after)

    with patch.context() as inner:
        inner.setattr(models, "open_model", open_model, raising=False)
        yield asked
