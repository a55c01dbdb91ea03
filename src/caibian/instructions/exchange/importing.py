"""Files of other tools in as Parquet of examples, an item at a time; what is left out is counted by reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from caibian.errors import ConfigError, EmptyResult, InputError
from caibian.instructions.exchange.items import Item, items
from caibian.instructions.exchange.layouts import LAYOUTS, Layout, carried, divided
from caibian.instructions.exchange.llama_factory import INFO, datasets
from caibian.instructions.exchange.parquet import ExampleWriters
from caibian.instructions.exchange.turns import Broken, Lesson, Shape, lessons
from caibian.progress import Task
from caibian.records import SPLITS, Example, Report
from caibian.tasks import card as card_by_id
from caibian.text import language_of

NO_CARD = "imported"  # of examples that name no task card: no checks hold for them
_SPLITS = (*SPLITS, "extra")
_SHAPES: dict[Layout, Shape] = {
    "alpaca": Shape("alpaca"),
    "sharegpt": Shape("chat"),
    "messages": Shape("chat", turns="messages", role=("role", "from"), content=("content", "value")),
}
_TELLS: dict[str, Layout] = {"messages": "messages", "conversations": "sharegpt", "output": "alpaca"}
_LOOKED_AT = 100  # items, to tell the layout
_PLACES = 5  # lines named for each reason


def import_(
    source: Path,
    out: Path,
    *,
    layout: Layout | Literal["auto", "llama-factory"] = "auto",
    card: str | None = None,
    dataset: str | None = None,
    only: Sequence[str] = (),
    task: Task | None = None,
) -> Report:
    """Read a JSON or JSON-lines file (an object a line, or one array; `.gz` too), or a folder of LLaMA-Factory.

    Our own columns, where an export kept them, bring back the same examples. Others get ids by position
    (`DATASET/12`, and `DATASET/12.1` for the second answer of a conversation), their language by script, and the split
    `train`. `turns` says how conversations of several turns become examples.

    Args:
        out: a file `….parquet`, or a folder to hold one for each split.
        card: the task card of examples that bring none; default: none, so that no checks hold for them.
        dataset: the dataset of examples that bring none; default: the file's name, or that in `dataset_info.json`.
        only: the datasets of a LLaMA-Factory folder to read; all whose files are there by default.

    Returns:
        What was left out, by reason, with the first lines it stood in under `notes`.

    Raises:
        InputError: the file cannot be opened, or is of no layout we know; the message says what it has.
        ConfigError: no such card; a dataset that the folder does not describe.
        EmptyResult: nothing was left; the message says what took it and where.
    """
    if card is not None:
        card_by_id(card)
    fill = _Fill(card or NO_CARD, dataset)
    files, left = _files(source, layout, only)
    with ExitStack() as stack:
        writers = ExampleWriters(out, stack)
        for name, path, shape in files:
            for example in fill.examples(path, name, shape):
                writers.add(example)
                if task is not None:
                    task.advance()
        writers.flush()
        if not writers.counts:
            took = "; ".join([*fill.notes(), *(f"{name}: {why}" for name, why in left.items())])
            raise EmptyResult(f"{source}: no example could be read: {took or 'it holds nothing'}")
    return Report(
        stage="import",
        rows_in=fill.read,
        rows_out=writers.counts.total(),
        dropped=dict(fill.dropped.most_common()),
        metrics={"splits": dict(writers.counts), "restored": fill.restored, "left_out": left},
        artefacts={split: path.name for split, path in writers.paths.items()},
        notes=fill.notes(),
    )


def _files(
    source: Path, layout: str, only: Sequence[str]
) -> tuple[list[tuple[str, Path, Shape]], dict[str, str]]:
    """(dataset, file, shape) of all files to read, and why datasets of a folder are left out."""
    if layout == "llama-factory" or source.is_dir():
        if not (source / INFO).is_file():
            raise InputError(
                f"{source}: no folder with a {INFO}; give a .json or .jsonl file, or such a folder"
            )
        found, left = datasets(source, only)
        return [(one.name, one.path, one.shape) for one in found], left
    if only:
        raise ConfigError(f"{source}: only folders of LLaMA-Factory hold datasets to choose from")
    if layout == "auto":
        layout = _told(source)
    if layout not in LAYOUTS:
        raise ConfigError(f"layout: must be auto, {', '.join(LAYOUTS)} or llama-factory, got {layout!r}")
    return [(source.name.split(".")[0] or source.name, source, _SHAPES[layout])], {}


def _told(source: Path) -> Layout:
    """The layout of a file, by the keys of its first objects."""
    keys: dict[str, None] = {}
    for number, item in enumerate(items(source)):
        if number >= _LOOKED_AT:
            break
        if isinstance(item.value, dict):
            for key, layout in _TELLS.items():
                if key in item.value:
                    return layout
            keys |= dict.fromkeys(item.value)
    if not keys:
        raise EmptyResult(f"{source}: no JSON object in its first {_LOOKED_AT} lines or elements")
    raise InputError(
        f"{source}: its layout cannot be told: none of {', '.join(_TELLS)} among its keys "
        f"({', '.join(list(keys)[:12])}); name the layout, or rename the keys"
    )


@dataclass
class _Fill:
    """Makes examples of items, fills in what they do not bring, and counts."""

    card: str
    dataset: str | None
    read: int = 0
    restored: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    _places: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _ids: set[str] = field(default_factory=set)

    def examples(self, path: Path, name: str, shape: Shape) -> Iterator[Example]:
        """The examples of one file."""
        for item in items(path):
            position = self.read
            self.read += 1
            place = f"{path.name}, line {item.line}"
            try:
                record = _object(item)
                ours = carried(record)
                for turn, lesson in enumerate(lessons(record, shape)):
                    if isinstance(lesson, str):
                        self._drop(lesson, place)
                        continue
                    suffix = f".{turn}" if turn else ""
                    made = self._made(lesson, ours, f"{self.dataset or name}/{position}", name, suffix)
                    if made.split not in _SPLITS:
                        self._drop("unknown_split", place)
                    elif made.id in self._ids:
                        self._drop("repeated_id", place)
                    else:
                        self._ids.add(made.id)
                        yield made
            except Broken as reason:
                self._drop(str(reason), place)

    def notes(self) -> list[str]:
        """A sentence for each reason: how many, and where the first stand."""
        return [
            f"{reason}: {number:,} ({'; '.join(self._places[reason])}{' …' if number > _PLACES else ''})"
            for reason, number in self.dropped.most_common()
        ]

    def _drop(self, reason: str, place: str) -> None:
        self.dropped[reason] += 1
        if len(self._places[reason]) < _PLACES:
            self._places[reason].append(place)

    def _made(
        self, lesson: Lesson, ours: dict[str, Any] | None, identity: str, name: str, suffix: str
    ) -> Example:
        question, given = lesson.question, lesson.input
        if ours is None:
            if not question.strip():  # LLaMA-Factory takes an input alone for a prompt
                question, given = given, ""
            return Example(
                id=identity + suffix,
                instruction="\n\n".join(part for part in (lesson.before, question) if part),
                input=given,
                output=lesson.answer,
                card=self.card,
                dataset=self.dataset or name,
                language=_language(given or question, lesson.answer),
                split="train",
            )
        self.restored += 1
        if not given:
            question, given = divided(question, ours["instruction_characters"])
        return Example(
            id=ours["id"] + suffix,
            instruction="\n\n".join([lesson.before, question]) if lesson.before else question,
            input=given,
            output=lesson.answer,
            **{key: ours[key] for key in ("card", "dataset", "language", "split")},
            source_ids=ours["source_ids"],
            source_text=ours["source_text"],
            labels=ours["labels"],
        )


def _object(item: Item) -> dict[str, Any]:
    if item.problem:
        raise Broken(item.problem)
    if not isinstance(item.value, dict):
        raise Broken("not_an_object")
    return item.value


def _language(text: str, answer: str) -> str:
    """The language of the question; of the answer, where the question is all figures and signs."""
    found = language_of(text)
    return found if found != "und" else language_of(answer)
