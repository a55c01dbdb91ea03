"""The whole of a task evaluation: ask every system about every set, measure, compare, write."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from caibian.errors import EmptyResult, ModelError
from caibian.evaluation import baselines
from caibian.evaluation.answers import claim_folder, collect, plan_shards
from caibian.evaluation.config import EvaluationConfig
from caibian.evaluation.tasks import llamalens
from caibian.evaluation.tasks.config import TasksConfig
from caibian.evaluation.tasks.console import markdown
from caibian.evaluation.tasks.items import TaskSet, true_label
from caibian.evaluation.tasks.published import published_for
from caibian.evaluation.tasks.systems import MAIN, System
from caibian.evaluation.tasks.table import Measured, set_table
from caibian.evaluation.tasks.ways import LABEL_TOKENS, Asker, Reading, read
from caibian.files import write_json, write_text
from caibian.models.backend import Backend
from caibian.progress import Context, Task
from caibian.records import Answer, Example, to_table, write_parquet

FORMAT = 1  # of table.json


def evaluate(
    config: TasksConfig, systems: Sequence[System], sets: Sequence[TaskSet], out: Path, context: Context
) -> dict[str, Any]:
    """Ask the systems about the sets; returns the table and writes the folder.

    `out` gets `table.json` (described in docs/evaluation/tasks.md), `table.md`, `items.parquet` and
    `answers/SYSTEM.parquet`. Answers are kept by shard in `out/shards`: called again, only what is missing is asked.
    A failed answer is kept as missing within a shard that others filled; a shard in which all failed is asked again.

    Raises:
        EmptyResult: no set.
        InputError: too few training examples for the shots, or an output that names no label.
        ModelError: a system answered nothing at all.
    """
    if not sets:
        raise EmptyResult(
            "no dataset to evaluate on; name one with --dataset, or built examples with --examples"
        )
    asked = [one.with_shots(config.shots, config.seed) for one in sets]
    for one in asked:
        if one.is_labels:
            one.gold()  # refuses what is wrong before minutes of asking
    facts = {system.name: system.facts() for system in systems}
    answers: dict[str, list[list[Answer]]] = {}
    for system in systems:
        answers[system.name] = _ask(config, system, facts[system.name], asked, out, context)
    simple = _baselines(config, asked, out, context)
    entries = []
    readings: dict[str, list[list[Reading]]] = {name: [] for name in answers}
    with context.progress.task("Measuring", total=len(asked)) as task:
        for place, one in enumerate(asked):
            for name, said in answers.items():
                readings[name].append(_read(config, one, said[place]))
            measured = Measured(one, {name: own[place] for name, own in readings.items()}, simple[place])
            entry = set_table(
                measured,
                resamples=config.resamples,
                confidence=config.confidence,
                seed=config.seed,
                invalid_examples=config.invalid_examples,
            )
            entries.append(entry | {"published": published_for(one.id)})
            task.advance()
    table = {"format": FORMAT, "main": MAIN, "systems": facts, "datasets": entries} | config.model_dump()
    _write(out, asked, answers, readings, table)
    return table


class _Opened:
    """A system's model, opened when it is first needed and closed at the end."""

    def __init__(self, system: System, batch_tokens: int) -> None:
        self._system, self._batch_tokens = system, batch_tokens
        self._model: Backend | None = None

    def get(self) -> Backend:
        if self._model is None:
            self._model = self._system.open(self._batch_tokens)
        return self._model

    def close(self) -> None:
        if self._model is not None:
            self._model.close()


def _ask(
    config: TasksConfig,
    system: System,
    facts: Mapping[str, Any],
    sets: Sequence[TaskSet],
    out: Path,
    context: Context,
) -> list[list[Answer]]:
    """The answers of one system to the items of each set, in their order."""
    opened = _Opened(system, config.batch_tokens)
    total = sum(len(one.examples) for one in sets)
    try:
        with context.progress.task(f"Asking {system.name}", total=total) as task:
            found = [_ask_set(config, opened, system.name, facts, one, out, task) for one in sets]
    finally:
        opened.close()
    if all(answer.finish_reason == "error" for said in found for answer in said):
        raise ModelError(f"{system.name}: none of {total} questions was answered; first: {found[0][0].error}")
    return found


def _ask_set(
    config: TasksConfig,
    opened: _Opened,
    system: str,
    facts: Mapping[str, Any],
    one: TaskSet,
    out: Path,
    task: Task,
) -> list[Answer]:
    folder = out / "shards" / f"{config.way}-{config.shots}" / system / one.id
    shards = plan_shards(one.id, one.examples, config.shard, _max_tokens(one))
    settings = {
        "system": dict(facts),
        "batch_tokens": config.batch_tokens,
        "seed": config.seed,
        "choices": one.choices,
        "asked": _digest(one.shots, one.examples),
        "shards": [[shard.name, shard.max_tokens] for shard in shards],
    }
    claim_folder(folder, settings)
    done = task.done
    try:
        said = collect(shards, folder, lambda: Asker(opened.get(), one, config.way), config.seed, task)
    except ModelError as error:
        # One set that a model cannot answer (a context too short, say) must not cost the others.
        task.advance(done + len(one.examples) - task.done)
        return [
            Answer("", system, example.id, finish_reason="error", error=str(error))
            for example in one.examples
        ]
    return [said[example.id] for example in one.examples]


def _max_tokens(one: TaskSet) -> int:
    """The longest answer: of a label as published, of a text what the card's limit can take."""
    if one.is_labels:
        return LABEL_TOKENS
    limits = {str(name): most for name, most in (one.card.output.max_chars or {}).items()}
    own = {name: most for name, most in limits.items() if name == one.language}
    return EvaluationConfig().tokens_for(one.card.id, one.card.output.kind, own or limits)


def _read(config: TasksConfig, one: TaskSet, answers: Sequence[Answer]) -> list[Reading]:
    readings = read(one, config.way, answers)
    return llamalens.reread(one, readings, config.seed) if config.llamalens and one.is_labels else readings


def _baselines(
    config: TasksConfig, sets: Sequence[TaskSet], out: Path, context: Context
) -> list[dict[str, list[str]]]:
    with context.progress.task("Simple methods", total=len(sets)) as task:
        found = []
        for one in sets:
            found.append(_baselines_of(config, one, out))
            task.advance()
    return found


def _baselines_of(config: TasksConfig, one: TaskSet, out: Path) -> dict[str, list[str]]:
    """What the simple methods answer, kept like the answers of models: the linear one takes a while to train."""
    if not one.is_labels:
        texts = [one.article(example) for example in one.examples]
        languages = [example.language for example in one.examples]
        limits = {str(name): most for name, most in (one.card.output.max_chars or {}).items()}
        return baselines.first_sentences(texts, languages, limits)
    import json

    kept = out / "shards" / "baselines" / f"{one.id}.json"
    digest = _digest(one.train, one.examples) + f"-{config.seed}"
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["digest"] == digest:
            return {
                name: found["answers"][name] for name in baselines.LABEL_BASELINES if name in found["answers"]
            }
    except (OSError, ValueError, KeyError, TypeError):
        pass
    answers = baselines.label_baselines(
        [example.input for example in one.train],
        [true_label(one.card, example) for example in one.train],
        [example.input for example in one.examples],
        one.labels,
        config.seed,
    )
    write_json(kept, {"digest": digest, "answers": answers})
    return answers


def _digest(*groups: Sequence[Example]) -> str:
    """A hash of what is asked and expected."""
    parts = (f"{e.id}\0{e.prompt}\0{e.output}" for group in groups for e in group)
    return hashlib.sha256("\x01".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _write(
    out: Path,
    sets: Sequence[TaskSet],
    answers: Mapping[str, Sequence[Sequence[Answer]]],
    readings: Mapping[str, Sequence[Sequence[Reading]]],
    table: Mapping[str, Any],
) -> None:
    write_parquet(out / "items.parquet", to_table([e for one in sets for e in one.examples], Example))
    for system, said in answers.items():
        rows = [
            dataclasses.replace(answer, text=reading.text, value=reading.value)
            for own, read_ in zip(said, readings[system], strict=True)
            for answer, reading in zip(own, read_, strict=True)
        ]
        flat = [reading for own in readings[system] for reading in own]
        scores = pa.map_(pa.string(), pa.float64())
        whole = to_table(rows, Answer)
        whole = whole.append_column(
            "dataset", pa.array([one.id for one in sets for _ in one.examples], pa.string())
        )
        for name in ("scores", "sums"):
            column = [list(own.items()) if (own := getattr(one, name)) else None for one in flat]
            whole = whole.append_column(name, pa.array(column, scores))
        write_parquet(out / "answers" / f"{system}.parquet", whole)
    write_text(out / "table.md", markdown(table))
    write_json(out / "table.json", table)
