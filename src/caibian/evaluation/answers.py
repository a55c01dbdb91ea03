"""Getting and keeping the answers of one model, shard by shard, so that a killed run goes on."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from caibian.errors import InputError, ModelError
from caibian.files import write_json
from caibian.models.backend import Backend
from caibian.models.chat import ChatModel, Options
from caibian.progress import Task
from caibian.records import Answer, Example, from_table, to_table, write_parquet


@dataclass(frozen=True, slots=True)
class Shard:
    """Examples of one card that are generated together and kept as one file."""

    name: str
    examples: tuple[Example, ...]
    max_tokens: int


def adapter_in(path: Path) -> Path:
    """The adapter folder that `path` is, or that the newest training of the run `path` made.

    Raises:
        InputError: there is none.
    """
    found = [
        path,
        *sorted(path.glob("*-training-*/adapter"), key=lambda folder: folder.stat().st_mtime, reverse=True),
    ]
    for folder in found:
        if (folder / "adapter_config.json").is_file():
            return folder
    raise InputError(f"{path}: neither an adapter (adapter_config.json) nor a run whose training made one")


def choose_examples(examples: Sequence[Example], most: int, seed: int) -> list[Example]:
    """At most `most` examples, drawn by a hash of seed and id: more rows in the file change few of them."""

    def draw(example: Example) -> str:
        return hashlib.sha256(f"{seed}:{example.id}".encode()).hexdigest()

    kept = {example.id for example in sorted(examples, key=draw)[:most]}
    return [example for example in examples if example.id in kept]


def plan_shards(card: str, examples: Sequence[Example], size: int, max_tokens: int) -> list[Shard]:
    """Shards of `size` examples, those with the same instruction together, for a backend may read a common
    beginning once, and then by length, for a padded batch is as slow as its longest."""
    ordered = sorted(examples, key=lambda example: (example.instruction, len(example.prompt), example.id))
    return [
        Shard(f"{card}-{start // size:04d}", tuple(ordered[start : start + size]), max_tokens)
        for start in range(0, len(ordered), size)
    ]


def collect(
    shards: Sequence[Shard], folder: Path, open_model: Callable[[], ChatModel], seed: int, task: Task
) -> dict[str, Answer]:
    """The answers to all examples of `shards` by example id, generating only what `folder` lacks.

    The model is opened when the first missing shard needs it, and closed at the end. An example that failed
    keeps its Answer with `finish_reason="error"`; a shard in which all failed is not kept, so that the next
    run tries again.

    Raises:
        ModelError: every single answer failed; the message holds the first reason.
    """
    answers: dict[str, Answer] = {}
    model: ChatModel | None = None
    try:
        for shard in shards:
            path = folder / f"{shard.name}.parquet"
            kept = _read(path, shard)
            if kept is None:
                model = model or open_model()
                kept = _generate(model, shard, seed, task)
                if any(answer.finish_reason != "error" for answer in kept):
                    write_parquet(path, to_table(kept, Answer))
            else:
                task.advance(len(kept))
            answers.update({str(answer.example_id): answer for answer in kept})
    finally:
        if model is not None:
            model.close()
    if answers and all(answer.finish_reason == "error" for answer in answers.values()):
        first = next(iter(answers.values()))
        raise ModelError(
            f"{first.model}: none of {len(answers)} questions was answered; first: {first.error}"
        )
    return answers


def claim_folder(folder: Path, settings: Mapping[str, object]) -> None:
    """Make `folder` ready for shards made under `settings`, throwing away those made under others."""
    import json

    marker = folder / "settings.json"
    wanted = json.loads(json.dumps(settings))
    try:
        same = json.loads(marker.read_text(encoding="utf-8")) == wanted
    except (OSError, ValueError):
        same = False
    if not same:
        for stale in folder.glob("**/*.parquet"):
            stale.unlink()
        write_json(marker, wanted)


def _generate(model: ChatModel, shard: Shard, seed: int, task: Task) -> list[Answer]:
    conversations = [example.messages() for example in shard.examples]
    options = Options(max_tokens=shard.max_tokens, seed=seed)
    if isinstance(model, Backend):
        answers = model.generate(conversations, options, on_done=lambda *_: task.advance())
    else:
        answers = model.generate(conversations, options)
        task.advance(len(answers))
    if len(answers) != len(conversations):
        raise ModelError(f"{model.name}: {len(answers)} answers to {len(conversations)} questions")
    return [
        dataclasses.replace(answer, example_id=example.id)
        for answer, example in zip(answers, shard.examples, strict=True)
    ]


def _read(path: Path, shard: Shard) -> list[Answer] | None:
    """The answers kept for a shard; None where there are none or they belong to other examples."""
    try:
        answers = from_table(pq.read_table(path), Answer)
    except (OSError, pa.ArrowInvalid):
        return None
    return answers if [a.example_id for a in answers] == [e.id for e in shard.examples] else None
