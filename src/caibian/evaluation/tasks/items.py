"""What is asked: the test items of a dataset or of built examples, their labels, and the earlier turns of few-shot."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from caibian.datasets.card import DatasetCard, packaged
from caibian.errors import ConfigError, EmptyResult, InputError
from caibian.evaluation.answers import choose_examples
from caibian.instructions.labelled.build import build
from caibian.instructions.labelled.config import DatasetSettings
from caibian.progress import Task
from caibian.records import Example, Message, read_parquet
from caibian.tasks import TaskCard, card, extract, label_wording
from caibian.tasks.prompt import field_prefix


@dataclass(frozen=True)
class TaskSet:
    """Test items of one task, with everything needed to ask them and to judge the answers."""

    id: str  # of the dataset; of the task card for built examples
    name: Mapping[str, str]
    card: TaskCard  # with the labels that the dataset offers
    language: str
    examples: tuple[Example, ...]  # the items asked
    train: tuple[Example, ...] = ()
    shots: tuple[Example, ...] = ()  # earlier turns, the same for every item
    test_items: int = 0  # what the test split holds in all
    splits: Mapping[str, int] | None = None  # examples by split, as built

    @property
    def labels(self) -> list[str]:
        """Canonical ids of the labels offered; none for a task of texts."""
        return list(self.card.output.labels)

    @property
    def choices(self) -> list[str]:
        """How each of `labels` is worded in the language of the answers."""
        own = self.card.output.language
        return [
            label_wording(self.card, label, self.language if own == "same" else own) for label in self.labels
        ]

    @property
    def is_labels(self) -> bool:
        """Whether the answer is one of a closed set."""
        return self.card.output.kind == "label"

    def gold(self) -> list[str]:
        """The true label of each item. Raises InputError where an output names no label of the card."""
        return [true_label(self.card, example) for example in self.examples]

    def conversation(self, example: Example) -> list[Message]:
        """The turns that ask for one item, earlier examples first."""
        return [
            turn for one in (*self.shots, example) for turn in one.messages(with_output=one is not example)
        ]

    def article(self, example: Example) -> str:
        """The article in an input of several named fields (`标题：…` before `正文：…`); else the whole input."""
        if "article" not in self.card.input:
            return example.input
        before, found, article = f"\n{example.input}".partition(
            "\n" + field_prefix(self.card, "article", example.language)
        )
        return article if found else before[1:]

    def with_shots(self, count: int, seed: int) -> TaskSet:
        """The set with `count` earlier turns from its training examples.

        They are drawn by the seed, the labels in turn, so that no label has two more than another while each has
        enough. Training examples come with all wordings of their card; a turn has that of the items, so that what
        is learned from it is the task.

        Raises:
            InputError: there are fewer training examples than turns asked for.
        """
        if count == 0:
            return self
        if len(self.train) < count:
            raise InputError(
                f"{self.id}: {count} shots asked for, but its train split holds {len(self.train)} examples"
            )
        by_label: dict[str, list[Example]] = {}
        for example in sorted(self.train, key=lambda example: _drawn(seed, example.id)):
            by_label.setdefault(example.output if self.is_labels else "", []).append(example)
        queues = sorted(by_label.values(), key=lambda queue: _drawn(seed, queue[0].output))
        chosen: list[Example] = []
        while len(chosen) < count:
            for queue in queues:
                if queue and len(chosen) < count:
                    chosen.append(queue.pop(0))
        asked = self.examples[0].instruction
        return replace(self, shots=tuple(replace(example, instruction=asked) for example in chosen))


def true_label(one: TaskCard, example: Example) -> str:
    """The published label of an example as a canonical id.

    Raises:
        InputError: the output names no label of the card.
    """
    label = extract(one, example.output, example.language)
    if label is None:
        raise InputError(
            f"example {example.id}: output {example.output!r} names no label of the card {one.id} "
            f"({', '.join(one.output.labels)}); correct the data or the card's labels"
        )
    return label


def labelled_sets(
    datasets: Sequence[DatasetCard],
    data: Path,
    *,
    seed: int,
    limit: int | None = None,
    task: Task | None = None,
) -> list[TaskSet]:
    """The test and train splits of datasets, built as the instructions stage builds them, test items drawn by the seed.

    Datasets of one file are built together, since they share their split.

    Raises:
        InputError: a file is missing or unreadable.
        EmptyResult: a dataset has no test item.
    """
    sets: dict[str, TaskSet] = {}
    for file in dict.fromkeys(one.file for one in datasets):
        together = [one for one in datasets if one.file == file]
        path = data / str(file)
        if not path.is_file():
            raise InputError(
                f"{path}: the file of the dataset {together[0].id} is not here; --data names its folder"
            )
        built = build([DatasetSettings(id=one.id, path=path) for one in together], seed=seed)
        for one, result in zip(together, built, strict=True):
            sets[one.id] = _labelled(one, result.table, result.figures["examples"], seed, limit)
            if task is not None:
                task.advance()
    return [sets[one.id] for one in datasets]


def _labelled(
    one: DatasetCard, table: pa.Table, splits: Mapping[str, int], seed: int, limit: int | None
) -> TaskSet:
    def rows(split: str) -> list[Example]:
        own = table.filter(pc.equal(table["split"].cast(pa.string()), split))
        return [
            Example(**{**row, "labels": tuple(filter(None, row["labels"].split("\n")))})
            for row in own.to_pylist()
        ]

    test = rows("test")
    if not test:
        raise EmptyResult(f"{one.id}: no item is left in its test split")
    whole = card(one.card)
    known = whole.narrowed(list(test[0].labels), one.id) if test[0].labels else whole
    return TaskSet(
        id=one.id,
        name=one.name or {"zh": one.id, "en": one.id},
        card=known,
        language=one.language,
        examples=tuple(_drawn_few(test, limit, seed)),
        train=tuple(rows("train")),
        test_items=len(test),
        splits=dict(splits),
    )


def example_sets(
    test: Sequence[Path], train: Sequence[Path], *, seed: int, limit: int | None = None
) -> list[TaskSet]:
    """Built examples as sets, asked as they are worded: one for each dataset card, else for each task card and language.

    Raises:
        InputError: a file cannot be read, or holds ids twice.
        EmptyResult: no example in a file.
        ConfigError: a card is unknown, or asks for JSON.
    """
    earlier: dict[tuple[str, str, str], list[Example]] = {}
    for path in train:
        for example in read_parquet(path, Example):
            earlier.setdefault(_of(example), []).append(example)
    found: dict[tuple[str, str, str], list[Example]] = {}
    for path in test:
        examples = read_parquet(path, Example)
        if not examples:
            raise EmptyResult(f"{path}: no example in it")
        if repeated := len(examples) - len({example.id for example in examples}):
            raise InputError(f"{path}: {repeated} examples repeat the id of another; ids must be unique")
        for example in examples:
            found.setdefault(_of(example), []).append(example)
    languages = Counter(name for dataset, name, _ in found if not dataset)
    sets = []
    for (dataset, name, language), examples in sorted(found.items()):
        whole = card(name)
        if whole.output.kind == "json":
            raise ConfigError(f"card {name}: answers in JSON have no figures here; leave its examples out")
        offered = {label for example in examples for label in example.labels}
        known = (
            whole.narrowed([label for label in whole.output.labels if label in offered], examples[0].dataset)
            if offered
            else whole
        )
        sets.append(
            TaskSet(
                id=dataset or (name if languages[name] == 1 else f"{name}.{language}"),
                name=(packaged()[dataset].name if dataset else None)
                or {"zh": whole.name.zh, "en": whole.name.en},
                card=known,
                language=language,
                examples=tuple(_drawn_few(examples, limit, seed)),
                train=tuple(earlier.get((dataset, name, language), ())),
                test_items=len(examples),
            )
        )
    return sets


def _of(example: Example) -> tuple[str, str, str]:
    """To which set an example belongs: its dataset where a dataset card knows it, its card and its language."""
    known = example.dataset if example.dataset in packaged() else ""
    return known, example.card, example.language


def _drawn_few(examples: Sequence[Example], limit: int | None, seed: int) -> list[Example]:
    return list(examples) if limit is None else choose_examples(examples, limit, seed)


def _drawn(seed: int, text: str) -> str:
    return hashlib.sha256(f"{seed}:{text}".encode()).hexdigest()
