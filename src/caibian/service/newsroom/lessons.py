"""Feedback made training material: Examples, and preference pairs in the layout of TRL's DPOTrainer.

Only what was given with consent is read, and personal data is hidden for good: a placeholder stands where it stood, the
same in the input and in both answers. What the rules of `caibian.masking` do not know, names of people among it, stays.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from caibian.errors import ConfigError, EmptyResult
from caibian.files import write_text
from caibian.masking import Vault
from caibian.records import Example, Report, Split, to_table, write_parquet
from caibian.storage import audit
from caibian.storage.database import Database
from caibian.storage.newsroom.feedback import Feedback, with_consent
from caibian.tasks import TaskCard, instruction, render_input

DATASET = "newsroom-feedback"
_ID_DIGITS = 16
_PARTS: tuple[tuple[int, Split], ...] = (
    (90, "train"),
    (95, "validation"),
    (100, "test"),
)  # percent, cumulated

_MESSAGES = pa.list_(pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())]))
PREFERENCE_SCHEMA = pa.schema(
    [
        pa.field("prompt", _MESSAGES, nullable=False),
        pa.field("chosen", _MESSAGES, nullable=False),
        pa.field("rejected", _MESSAGES, nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("card", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
    ]
)


@dataclass
class Lessons:
    """What feedback yields, each thing once."""

    examples: dict[str, Example] = field(default_factory=dict)
    pairs: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    read: int = 0

    def add(self, given: Feedback, cards: Mapping[str, TaskCard]) -> None:
        """Take what one person's feedback teaches."""
        self.read += 1
        card = cards.get(given.task)
        if card is None:
            self.dropped["unknown_task"] += 1
            return
        vault = Vault()
        try:
            example = Example(
                id="",
                instruction=instruction(card, given.language, given.variant),
                input=vault.hide(render_input(card, given.input, given.language)),
                output="",
                card=card.id,
                dataset=DATASET,
                language=given.language,
                split="",
            )
        except ConfigError:  # the card was changed since
            self.dropped["unfit_input"] += 1
            return
        better, pairs = given.better(), given.pairs()
        if better is None and not pairs:
            self.dropped["no_preference"] += 1
        if better is not None:
            self._example(example, vault.hide(better.strip()))
        for chosen, rejected in pairs:
            self._pair(example, vault.hide(chosen.strip()), vault.hide(rejected.strip()))
        self.masked.update(vault.counts)

    def settle(self) -> None:
        """Drop what people disagree on: pairs that stand both ways round."""
        for prompt, chosen, rejected in list(self.pairs):
            if (prompt, rejected, chosen) in self.pairs:
                self.dropped["contradicted_pair"] += 2
                del self.pairs[prompt, chosen, rejected], self.pairs[prompt, rejected, chosen]

    def _example(self, example: Example, output: str) -> None:
        whole = Example(
            id=_digest(example.prompt, output),
            instruction=example.instruction,
            input=example.input,
            output=output,
            card=example.card,
            dataset=DATASET,
            language=example.language,
            split=_split(example.prompt),
        )
        if not output:
            self.dropped["empty"] += 1
        elif whole.id in self.examples:
            self.dropped["duplicate_example"] += 1
        else:
            self.examples[whole.id] = whole

    def _pair(self, example: Example, chosen: str, rejected: str) -> None:
        key = (example.prompt, chosen, rejected)
        if not chosen or not rejected:
            self.dropped["empty"] += 1
        elif chosen == rejected:  # they differed in nothing but personal data
            self.dropped["same_text"] += 1
        elif key in self.pairs:
            self.dropped["duplicate_pair"] += 1
        else:
            self.pairs[key] = {
                "prompt": [{"role": "user", "content": example.prompt}],
                "chosen": [{"role": "assistant", "content": chosen}],
                "rejected": [{"role": "assistant", "content": rejected}],
                "id": _digest(*key),
                "card": example.card,
                "language": example.language,
                "split": _split(example.prompt),
            }


def export_feedback(database: Database, out: Path, cards: Mapping[str, TaskCard]) -> Report:
    """Write `examples.parquet`, `preferences.parquet`, `preferences.jsonl` and `report.json` into a folder.

    The same prompt is always of the same split, in this export and in every later one.

    Raises:
        EmptyResult: no feedback with consent says which text is better.
    """
    began, lessons = time.perf_counter(), Lessons()
    for _, given in with_consent(database):
        lessons.add(given, cards)
    lessons.settle()
    if not lessons.examples and not lessons.pairs:
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(lessons.dropped.items()))
        raise EmptyResult(
            f"feedback: {lessons.read} given with consent, and nothing to learn from ({why or 'none at all'})"
        )
    pairs = list(lessons.pairs.values())
    write_parquet(out / "examples.parquet", to_table(list(lessons.examples.values()), Example))
    write_parquet(out / "preferences.parquet", pa.Table.from_pylist(pairs, schema=PREFERENCE_SCHEMA))
    lines = (json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
    write_text(out / "preferences.jsonl", "".join(lines))
    report = Report(
        stage="feedback",
        rows_in=lessons.read,
        rows_out=len(lessons.examples) + len(pairs),
        dropped=dict(sorted(lessons.dropped.items())),
        metrics={
            "examples": len(lessons.examples),
            "pairs": len(pairs),
            "personal_data_hidden": dict(sorted(lessons.masked.items())),
            "splits": dict(Counter(example.split for example in lessons.examples.values())),
        },
        artefacts={
            "examples": "examples.parquet",
            "preferences": "preferences.parquet",
            "preferences_jsonl": "preferences.jsonl",
        },
        notes=[
            "Personal data that can be told by its form is hidden; names of people are not: read before you publish."
        ],
        seconds=time.perf_counter() - began,
    )
    report.write(out)
    with database.writing() as session:
        counts = {"examples": len(lessons.examples), "pairs": len(pairs)}
        audit.record(session, database.clock(), audit.COMMAND_LINE, "export feedback", "(feedback)", **counts)
    return report


def _split(prompt: str) -> Split:
    place = int(_digest(prompt), 16) % 100
    return next(split for below, split in _PARTS if place < below)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:_ID_DIGITS]
