"""Answers to examples out of any folder that evaluation writes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from caibian.errors import InputError
from caibian.evaluation.comparison import read_comparison
from caibian.records import Answer, Example, read_parquet

_PREFIX = "answers-"
_MOST_SHOTS = 64  # texts: each is looked for in every answer
# Who comes first: the model as it was, then as it was tuned; the rest by name.
_FIRST = ("before", "after")


@dataclass(frozen=True)
class Answered:
    """Examples with what each system said to them."""

    name: str
    examples: tuple[Example, ...]
    answers: Mapping[str, Mapping[str, Answer]]  # system -> example id -> answer
    systems: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # system -> what stands behind it
    shots: tuple[str, ...] = ()  # texts of the worked examples that prompts held
    notes: tuple[str, ...] = ()  # what a reader must know of how this was read


def read_answered(folder: Path, *, examples: Path | None = None, shots: Path | None = None) -> Answered:
    """The answers in `folder`: a comparison, an evaluation stage, a run directory that has one, or a folder with
    `items.parquet` (or `examples.parquet`) and `answers/`.

    Args:
        examples: the Parquet file of the examples, where it is not where it was written.
        shots: a Parquet file of the worked examples that prompts held; no folder keeps them.

    Raises:
        InputError: no answers there, no examples to them, or a file is damaged.
    """
    read = _read(folder, examples)
    if shots is None:
        return read
    texts = [text for one in read_parquet(shots, Example) for text in (one.input, one.output)]
    return dataclasses.replace(read, shots=tuple(dict.fromkeys(texts))[:_MOST_SHOTS])


def _read(folder: Path, examples: Path | None) -> Answered:
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    if (folder / "comparison.json").is_file() and examples is None:
        read = read_comparison(folder)
        return _answered(read.name, read.examples, read.answers, read.systems)
    if (folder / "answers").is_dir():
        return _of_folder(folder, examples)
    stage = _stage(folder)
    if stage is None:
        raise InputError(
            f"{folder}: no answers here; wanted comparison.json, answers/SYSTEM.parquet with items.parquet, or the "
            f"{_PREFIX}SYSTEM.parquet of an evaluation"
        )
    return _of_stage(stage, examples)


def _of_folder(folder: Path, examples: Path | None) -> Answered:
    file = examples or next(
        (
            folder / name
            for name in ("items.parquet", "examples.parquet", "test.parquet")
            if (folder / name).is_file()
        ),
        None,
    )
    if file is None:
        raise InputError(
            f"{folder}: answers, but no items.parquet; name the file of the examples with --examples"
        )
    answers = {
        unquote(path.stem): _by_example(read_parquet(path, Answer))
        for path in sorted((folder / "answers").glob("*.parquet"))
    }
    if not answers:
        raise InputError(f"{folder / 'answers'}: no SYSTEM.parquet here")
    return _answered(folder.name, read_parquet(file, Example), answers, _facts(folder))


def _stage(folder: Path) -> Path | None:
    """The folder itself or, of a run directory, its newest evaluation with answers."""
    if any(folder.glob(f"{_PREFIX}*.parquet")):
        return folder
    stages = [
        path
        for path in folder.glob("*-evaluation-*")
        if path.is_dir() and any(path.glob(f"{_PREFIX}*.parquet"))
    ]
    return max(stages, key=lambda path: path.stat().st_mtime, default=None)


def _of_stage(stage: Path, examples: Path | None) -> Answered:
    answers = {
        path.stem.removeprefix(_PREFIX): _by_example(read_parquet(path, Answer))
        for path in sorted(stage.glob(f"{_PREFIX}*.parquet"))
    }
    asked = {example for said in answers.values() for example in said}
    rows = read_parquet(_examples_of(stage, examples, asked), Example)
    name = stage.resolve().parent.name if "-evaluation-" in stage.resolve().name else stage.resolve().name
    # A stage asks at most `max_per_card` of the examples that its file holds.
    return _answered(name, [row for row in rows if row.id in asked], answers, _facts(stage))


def _examples_of(stage: Path, given: Path | None, asked: set[str]) -> Path:
    """The file of the examples that a stage answered: the one that holds most of them."""
    if given is not None:
        if not given.is_file():
            raise InputError(f"{given}: no such file")
        return given
    files = [stage / "test.parquet", *stage.resolve().parent.glob("*-instructions-*/test.parquet")]
    known = {
        file: len(asked & {row.id for row in read_parquet(file, Example)}) for file in files if file.is_file()
    }
    best = max(known, key=lambda file: (known[file], file.stat().st_mtime), default=None)
    if best is None or not known[best]:
        raise InputError(f"{stage}: no test.parquet that holds these examples; name it with --examples")
    return best


def _answered(
    name: str,
    examples: Sequence[Example],
    answers: Mapping[str, Mapping[str, Answer]],
    systems: Mapping[str, Mapping[str, Any]],
) -> Answered:
    if not examples:
        raise InputError(f"{name}: no examples to which there are answers")
    known = {example.id for example in examples}
    strays = sum(len(set(said) - known) for said in answers.values())
    order = sorted(
        answers, key=lambda system: (_FIRST.index(system) if system in _FIRST else len(_FIRST), system)
    )
    return Answered(
        name=name,
        examples=tuple(examples),
        answers={system: answers[system] for system in order},
        systems={system: dict(systems.get(system) or {}) for system in order},
        notes=(f"{strays:,} answers belong to no example of the set and were left out",) if strays else (),
    )


def _by_example(rows: Sequence[Answer]) -> dict[str, Answer]:
    return {str(row.example_id): row for row in rows}


def _facts(folder: Path) -> dict[str, Any]:
    """What the folder says of its systems, where it does."""
    for file, key in (("comparison.json", "systems"), ("tasks.json", "systems"), ("table.json", "models")):
        try:
            facts = json.loads((folder / file).read_text(encoding="utf-8"))[key]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(facts, dict):
            return {system: value for system, value in facts.items() if isinstance(value, dict)}
    return {}


def references(examples: Sequence[Example]) -> dict[str, Answer]:
    """The published outputs as if a system had said them: for comparison."""
    return {
        example.id: dataclasses.replace(Answer(example.output, "reference"), example_id=example.id)
        for example in examples
    }
