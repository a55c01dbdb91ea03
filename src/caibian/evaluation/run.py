"""The evaluation stage: the model before and after tuning on the held-out examples, measured and compared."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from caibian.errors import ConfigError, EmptyResult, InputError
from caibian.evaluation.answers import adapter_in, choose_examples, claim_folder, collect, plan_shards
from caibian.evaluation.articles import labelled_articles, publication_times
from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.config import EvaluationConfig
from caibian.evaluation.samples import draw_samples
from caibian.evaluation.summary import notes, summary
from caibian.evaluation.table import CardTest, card_table, label_answers, true_label
from caibian.files import sha256, write_json
from caibian.models import weights
from caibian.models.chat import ChatModel
from caibian.progress import Context
from caibian.records import Answer, Example, Report, read_parquet, to_table, write_parquet
from caibian.tasks import TaskCard, card

Answers = dict[str, dict[str, Answer]]  # system -> example id -> answer
Chosen = list[tuple[TaskCard, list[Example]]]


def run(config: EvaluationConfig, inputs: Mapping[str, Path], out: Path, context: Context) -> Report:
    """Answer the held-out examples with the base model and with the adapter on it, and compare.

    inputs: `instructions` (test.parquet, train.parquet) and `training` (adapter/); with `corpus` (articles/)
    dates are resolved against publication times, and the baseline `tfidf_articles` is there.
    Writes `answers-before.parquet`, `answers-after.parquet`, `table.json` and `samples.json`. Answers are
    kept shard by shard in `shards/`: called again on the same folder it generates only what is missing.

    Raises:
        EmptyResult: there is no held-out example.
        InputError: the adapter is missing, or a published output names no label of its card.
        ConfigError: a setting names an unknown card.
        ModelError: a model answered nothing at all.
    """
    seed = context.seed if config.seed is None else config.seed
    adapter = inputs["training"] / "adapter"
    chosen, held_out = _chosen(inputs["instructions"] / "test.parquet", config, seed)
    _check(config, chosen, adapter)
    adapters = {"before": None, "after": adapter} | {
        name: adapter_in(path) for name, path in config.also.items()
    }
    models = _identities(config, context, adapters)
    answers = _answers(config, chosen, models, out / "shards", context, adapters, seed)

    tests = _tests(config, chosen, answers, inputs)
    with context.progress.task("Comparing", total=len(tests)) as task:
        entries = []
        for test in tests:
            bootstrap = Bootstrap(
                len(test.examples), resamples=config.resamples, confidence=config.confidence, seed=seed
            )
            entries.append(card_table(test, config.baselines, bootstrap, seed))
            task.advance()
    table = {
        "models": models,
        "cards": entries,
        "resamples": config.resamples,
        "confidence": config.confidence,
        "seed": seed,
    }
    _write(out, tests, table, draw_samples(tests, config.samples, seed))
    evaluated = sum(len(examples) for _, examples in chosen)
    return Report(
        stage="evaluation",
        rows_in=held_out,
        rows_out=evaluated,
        dropped={"beyond max_per_card": held_out - evaluated} if held_out > evaluated else {},
        metrics=summary(table),
        artefacts={
            "table": "table.json",
            "samples": "samples.json",
            **{f"answers-{system}": f"answers-{system}.parquet" for system in answers},
        },
        notes=notes(table),
        seed=seed,
    )


def _chosen(path: Path, config: EvaluationConfig, seed: int) -> tuple[Chosen, int]:
    """The examples to answer by card, in order of card id, and how many the file holds."""
    held_out = read_parquet(path, Example)
    if not held_out:
        raise EmptyResult(f"{path}: no held-out example; give the corpus a larger test split")
    if repeated := len(held_out) - len({example.id for example in held_out}):
        raise InputError(f"{path}: {repeated} examples repeat the id of another; ids must be unique")
    by_card: dict[tuple[str, str], list[Example]] = {}
    for example in held_out:
        by_card.setdefault((example.card, example.dataset if example.labels else ""), []).append(example)
    return [
        (_as_known(card(name), dataset, examples), choose_examples(examples, config.max_per_card, seed))
        for (name, dataset), examples in sorted(by_card.items())
    ], len(held_out)


def _as_known(one: TaskCard, dataset: str, examples: Sequence[Example]) -> TaskCard:
    """The card as the dataset knows it, where its examples offer fewer labels than the card has."""
    if not dataset:
        return one
    offered = {label for example in examples for label in example.labels}
    return one.narrowed([label for label in one.output.labels if label in offered], dataset)


def _check(config: EvaluationConfig, chosen: Chosen, adapter: Path) -> None:
    """Refuse before minutes of generation what would fail after them."""
    if not (adapter / "adapter_config.json").is_file():
        raise InputError(f"{adapter}: no adapter (adapter_config.json) here; run the training stage first")
    known = {
        "text",
        "label",
        "json",
        *(part for one, _ in chosen for part in (one.id, one.id.partition("@")[0])),
    }
    if unknown := sorted(set(config.max_tokens) - known):
        raise ConfigError(
            f"evaluation.max_tokens.{unknown[0]}: neither a kind nor a card of the test split "
            f"({', '.join(sorted(known))})"
        )
    for one, examples in chosen:
        if one.output.kind == "label":
            for example in examples:
                true_label(one, example)


def _identities(
    config: EvaluationConfig, context: Context, adapters: Mapping[str, Path | None]
) -> dict[str, dict[str, Any]]:
    """Which weights stand behind each system, for the table and for the shards' marker."""
    weights.resolve(context.model, progress=context.progress)
    facts = weights.describe(context.model)
    base: dict[str, Any] = {"name": facts.name, "title": facts.title, "backend": config.backend}
    base |= {"sha256": facts.sha256, "licence": facts.licence}
    base |= {"revision": facts.revision} if facts.revision else {}
    found = {}
    for system, adapter in adapters.items():
        found[system] = base
        if adapter is not None:
            trained = sorted(adapter.glob("adapter_model.*"))
            found[system] = {
                **base,
                "name": f"{base['name']} + adapter",
                "adapter_sha256": sha256(trained[0]) if trained else None,
            }
    return found


def _answers(
    config: EvaluationConfig,
    chosen: Chosen,
    models: Mapping[str, Mapping[str, Any]],
    folder: Path,
    context: Context,
    adapters: Mapping[str, Path | None],
    seed: int,
) -> Answers:
    """The answers of every system, one model in memory at a time."""
    shards = []
    for one, examples in chosen:
        languages = {example.language for example in examples}
        limits: dict[str, int] = {
            name: most for name, most in (one.output.max_chars or {}).items() if name in languages
        }
        longest = config.tokens_for(one.id, one.output.kind, limits)
        shards += plan_shards(one.id, examples, config.shard, longest)
    settings = {
        "models": models,
        "batch_tokens": config.batch_tokens,
        "seed": seed,
        "shards": [[shard.name, shard.max_tokens, _digest(shard.examples)] for shard in shards],
    }
    claim_folder(folder, settings)
    answers: Answers = {}
    for system, adapter in adapters.items():
        opened = partial(_open, config, context.model, adapter)
        total = sum(len(shard.examples) for shard in shards)
        with context.progress.task(f"Answering, {system}", total=total) as task:
            answers[system] = collect(shards, folder / system, opened, seed, task)
    return answers


def _open(config: EvaluationConfig, reference: str, adapter: Path | None) -> ChatModel:
    from caibian.models import open_model

    return open_model(reference, backend=config.backend, adapter=adapter, batch_tokens=config.batch_tokens)


def _digest(examples: Sequence[Example]) -> str:
    """A hash of what the model is asked."""
    return hashlib.sha256("\0".join(f"{e.id}\0{e.prompt}" for e in examples).encode()).hexdigest()


def _tests(
    config: EvaluationConfig, chosen: Chosen, answers: Answers, inputs: Mapping[str, Path]
) -> list[CardTest]:
    """The answers of each card with what its baselines and checks need."""
    train = read_parquet(inputs["instructions"] / "train.parquet", Example)
    corpus = inputs.get("corpus")
    tests = []
    for one, examples in chosen:
        own = [
            e
            for e in train
            if e.card == examples[0].card and (not e.labels or e.dataset == examples[0].dataset)
        ]
        longest = max(len(example.input) for example in (*own, *examples))
        tests.append(
            CardTest(
                card=one,
                examples=examples,
                answers={system: [said[e.id] for e in examples] for system, said in answers.items()},
                train=own,
                articles=labelled_articles(one, corpus, longest)
                if corpus and config.baselines.tfidf_articles
                else None,
                published=publication_times(corpus, examples) if corpus else {},
            )
        )
    return tests


def _write(
    out: Path, tests: Sequence[CardTest], table: dict[str, Any], samples: list[dict[str, Any]]
) -> None:
    labels = {test.card.id: label_answers(test) for test in tests if test.card.output.kind == "label"}
    for system in tests[0].answers:
        rows = []
        for test in tests:
            values = labels.get(test.card.id, {}).get(system) or [None] * len(test.examples)
            rows += [
                dataclasses.replace(answer, value=value)
                for answer, value in zip(test.answers[system], values, strict=True)
            ]
        write_parquet(out / f"answers-{system}.parquet", to_table(rows, Answer))
    write_json(out / "table.json", table)
    write_json(out / "samples.json", samples)
