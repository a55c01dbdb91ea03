"""`answer`: have systems answer a set of examples, into a `Comparison`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from caibian.errors import ConfigError, EmptyResult, InputError
from caibian.evaluation.answers import Shard, choose_examples, claim_folder, collect, plan_shards
from caibian.evaluation.comparison import EMPTY, Comparison, digest, read_comparison, write_comparison
from caibian.evaluation.config import EvaluationConfig
from caibian.evaluation.systems import System, identity, open_system
from caibian.models.chat import ChatModel
from caibian.progress import Progress
from caibian.records import Answer, Example, from_table, read_parquet
from caibian.tasks import card

_SHARDS = "answering"


def read_set(path: Path, limit: int | None = None, seed: int = 0) -> list[Example]:
    """The examples of a Parquet file, or of `examples.parquet` in a folder; at most `limit`, drawn by the seed.

    Raises:
        InputError: nothing readable there, ids that repeat, or no example at all.
    """
    file = path / "examples.parquet" if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            f"{file}: no such file; a set is a Parquet file of examples or a folder with examples.parquet"
        )
    examples = read_parquet(file, Example)
    if not examples:
        raise EmptyResult(f"{file}: no example in it")
    if repeated := len(examples) - len({example.id for example in examples}):
        raise InputError(f"{file}: {repeated} examples repeat the id of another; ids must be unique")
    for name in sorted({example.card for example in examples}):
        card(name)  # refused now rather than after an hour of answers
    return examples if limit is None else choose_examples(examples, limit, seed)


def answer(
    examples: Sequence[Example],
    systems: Sequence[System],
    out: Path,
    *,
    name: str | None = None,
    backend: str | None = None,
    config: EvaluationConfig | None = None,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Have every system answer every example, and write the comparison; systems that stand there already stay.

    Greedy, with the room that each card's longest text needs; one model in memory at a time. Shards are kept in
    `out/answering`: called again it generates only what is missing, and asks again what had failed.

    Args:
        backend: for local weights; transformers by default.
        settings: of the backend, see `models.open_model`.
    Raises:
        ConfigError: a system's name is taken by other weights, or stands twice.
        InputError: the comparison in `out` is of other examples.
        ModelError: a system answered nothing at all.
    """
    progress = progress or Progress("silent")
    config = config or EvaluationConfig()
    before = _before(out, examples)
    identities = {system.name: identity(system, backend) for system in systems}
    _check_names(systems, identities, before)
    shards = _shards(examples, config)
    answers: dict[str, Mapping[str, Answer]] = dict(before.answers) if before else {}
    known: dict[str, Mapping[str, Any]] = dict(before.systems) if before else {}
    title = name or (before.name if before else out.resolve().name)
    for system in systems:
        folder = out / _SHARDS / quote(system.name, safe=" ()+-_@")
        asked = [[shard.name, shard.max_tokens, digest(shard.examples)] for shard in shards]
        claim_folder(folder, {"system": identities[system.name], "seed": seed, "shards": asked})
        _forget_failed(folder)
        opened = partial(_open, system, backend, dict(settings or {}))
        with progress.task(f"Answering, {system.name}", total=len(examples)) as task:
            answers[system.name] = collect(shards, folder, opened, seed, task)
        known[system.name] = identities[system.name]
        # Written after each system: the first is there though the second fails.
        write_comparison(out, Comparison(title, tuple(examples), answers, known))
    return read_comparison(out)


def _before(out: Path, examples: Sequence[Example]) -> Comparison | None:
    if not (out / "comparison.json").is_file():
        return None
    found = read_comparison(out)
    if digest(found.examples) != digest(examples):
        raise InputError(
            f"{out}: holds a comparison of {len(found.examples)} other examples; give the set it was made from "
            f"({out / 'examples.parquet'}), or another --out"
        )
    return found


def _check_names(
    systems: Sequence[System], identities: Mapping[str, Mapping[str, Any]], before: Comparison | None
) -> None:
    names = [system.name for system in systems]
    for name in names:
        if name == EMPTY or names.count(name) > 1:
            raise ConfigError(
                f"--system: {name} " + ("is the empty answer" if name == EMPTY else "stands twice")
            )
        there = before.systems.get(name) if before else None
        if there is not None and dict(there) != identities[name]:
            raise ConfigError(
                f"--system: {name} stands in this comparison with other weights or another backend, and may have been "
                "ranked; choose another name"
            )


def _shards(examples: Sequence[Example], config: EvaluationConfig) -> list[Shard]:
    by_card: dict[str, list[Example]] = {}
    for example in examples:
        by_card.setdefault(example.card, []).append(example)
    shards: list[Shard] = []
    for name, own in sorted(by_card.items()):
        one = card(name)
        languages = {example.language for example in own}
        limits = {str(key): most for key, most in (one.output.max_chars or {}).items() if key in languages}
        shards += plan_shards(name, own, config.shard, config.tokens_for(name, one.output.kind, limits))
    return shards


def _forget_failed(folder: Path) -> None:
    """A server that was down an hour ago may answer now: shards that hold failures are asked again."""
    import pyarrow.parquet as pq

    for file in folder.glob("*.parquet"):
        try:
            failed = any(one.finish_reason == "error" for one in from_table(pq.read_table(file), Answer))
        except (OSError, ValueError):
            failed = True
        if failed:
            file.unlink()


def _open(system: System, backend: str | None, settings: dict[str, Any]) -> ChatModel:
    model: ChatModel = open_system(system, backend, **settings)
    return model
