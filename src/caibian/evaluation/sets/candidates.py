"""What a set may be drawn from: test examples of the sources, and worked examples of cards that have none."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from caibian.errors import InputError
from caibian.files import sha256
from caibian.instructions.audit.texts import COLUMNS, compared
from caibian.records import Example, read_parquet, to_table
from caibian.tasks import TaskCard, instruction, render_input
from caibian.tasks.card import NARROWED

CATEGORIES = ("creation", "rewriting", "understanding", "qa")
WORKED = "worked example"
"""The dataset of examples that cards bring along themselves."""

_RESERVE = 5  # candidates looked at for each item wanted of a stratum: bounds the work on sources of millions


@dataclass(frozen=True)
class Candidate:
    """An example that may be drawn."""

    example: Example
    category: str
    text: str  # by which it is compared with others: the input without names of fields
    reference: str  # the published answer, where it is a text of its own; empty for labels and JSON
    draw: str  # candidates are taken in the order of these hashes

    @property
    def card(self) -> str:
        """The card's id, without the dataset to which it was narrowed."""
        return base(self.example.card)

    @property
    def stratum(self) -> tuple[str, str, str]:
        """Card, language and dataset."""
        return self.card, self.example.language, self.example.dataset


@dataclass
class Drops:
    """How many examples were left out, by category and reason."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, category: str, reason: str, count: int = 1) -> None:
        """Count examples left out; `category` may be empty where it is not known."""
        self.counts[category][reason] += count

    def total(self) -> dict[str, int]:
        """By reason, over all categories."""
        return dict(sorted(sum(self.counts.values(), Counter()).items()))

    def of(self, category: str) -> dict[str, int]:
        """By reason, most frequent first."""
        return dict(self.counts[category].most_common()) if category in self.counts else {}


@dataclass(frozen=True)
class Source:
    """A file of examples, as a manifest names it."""

    path: Path
    sha256: str
    rows: int

    def json(self) -> dict[str, str | int]:
        """For the manifest."""
        return {"path": str(self.path), "sha256": self.sha256, "rows": self.rows}


def base(card_id: str) -> str:
    """A card's id without the dataset to which it was narrowed."""
    return card_id.partition(NARROWED)[0]


def read_candidates(
    paths: Sequence[Path], cards: Mapping[str, TaskCard], drops: Drops, *, seed: int, wanted: int
) -> tuple[list[Candidate], list[Source]]:
    """The usable test examples of some Parquet files, at most `_RESERVE` times `wanted` of each stratum.

    Files are read in the order of their hashes, so that it does not matter how they are named or in which order.

    Raises:
        InputError: a file is unreadable, or holds no example of the split test.
    """
    sources, examples = [], []
    for path in sorted({path.resolve(): path for path in paths}.values(), key=sha256):
        rows = read_parquet(path, Example)
        sources.append(Source(path, sha256(path), len(rows)))
        of_test = [example for example in rows if example.split == "test"]
        if not of_test:
            raise InputError(
                f"{path}: none of {len(rows):,} examples is of the split test; name a test.parquet"
            )
        drops.add("", "not_in_test_split", len(rows) - len(of_test))
        examples += of_test
    return _reserve(_usable(examples, cards, drops, seed), drops, wanted), sources


def worked_examples(cards: Iterable[TaskCard], seed: int) -> list[Candidate]:
    """The good example of each card, asked by the card's first instruction."""
    made: list[tuple[Example, TaskCard]] = []
    for card in cards:
        good = card.examples.good
        example = Example(
            id=f"worked-{card.id}",
            instruction=instruction(card, good.language),
            input=render_input(card, good.input, good.language),
            output=good.answer,
            card=card.id,
            dataset=WORKED,
            language=good.language,
            split="test",
        )
        made.append((example, card))
    return _with_texts(made, seed)


def _usable(
    examples: Sequence[Example], cards: Mapping[str, TaskCard], drops: Drops, seed: int
) -> list[Candidate]:
    kept: dict[str, tuple[Example, TaskCard]] = {}
    for example in examples:
        if (card := cards.get(base(example.card))) is None:
            drops.add("", "unknown_card")
        elif not example.output.strip():
            drops.add(card.category, "empty_reference")
        elif not example.prompt.strip():
            drops.add(card.category, "empty_prompt")
        elif example.id in kept:
            same = kept[example.id][0] == example
            drops.add(card.category, "repeated" if same else "id_of_another_example")
        else:
            kept[example.id] = (example, card)
    return _with_texts(list(kept.values()), seed)


def _with_texts(examples: Sequence[tuple[Example, TaskCard]], seed: int) -> list[Candidate]:
    table: pa.Table = to_table([example for example, _ in examples], Example).select(COLUMNS)
    return [
        Candidate(
            example,
            card.category,
            text,
            example.output if card.output.kind == "text" else "",
            hashlib.sha256(f"{seed}:{example.id}".encode()).hexdigest(),
        )
        for (example, card), text in zip(examples, compared(table), strict=True)
    ]


def _reserve(candidates: Sequence[Candidate], drops: Drops, wanted: int) -> list[Candidate]:
    """The first candidates of each stratum by their draw."""
    room: Counter[tuple[str, str, str]] = Counter()
    kept = []
    for candidate in sorted(candidates, key=lambda one: one.draw):
        if room[candidate.stratum] < _RESERVE * wanted:
            room[candidate.stratum] += 1
            kept.append(candidate)
        else:
            drops.add(candidate.category, "not_looked_at")
    return kept
