"""Self-instruction from documents: read, cut, ask, check, write."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from caibian.files import atomic_path
from caibian.instructions.selfinstruct.again import ask_again, disagreement
from caibian.instructions.selfinstruct.appraisal import appraise, framings, surest
from caibian.instructions.selfinstruct.checks import NOT_CONFIRMED, UNSURE
from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.harvest import Harvest, harvest
from caibian.instructions.selfinstruct.prompts import prompt, schema
from caibian.instructions.selfinstruct.report import check_yield, report
from caibian.instructions.selfinstruct.sources import Chosen, Sources, read_sources
from caibian.models.asking import Asked, Request, Store, ask, request
from caibian.models.chat import ChatModel, Options
from caibian.progress import Progress
from caibian.records import Answer, Example, Report, to_table, write_parquet


def run(
    config: SelfInstructConfig,
    documents: Sequence[Path],
    out: Path,
    model: ChatModel,
    progress: Progress | None = None,
) -> Report:
    """Ask a model for question-and-answer pairs from every passage of the documents, and keep those that hold.

    Every raw answer is stored under `out/requests` as it comes: after a failure, a kill or Ctrl-C the same call asks
    only what has no answer yet, and a change of the checks asks nothing at all. Writes `examples.parquet`,
    `evidence.jsonl` (each example's quote, page and section), `refused.jsonl` and `report.json` into `out`.

    Args:
        documents: files, or folders of them; see `documents.SUFFIXES`.
        model: closed by the caller.
    Raises:
        InputError: no document can be read.
        ModelError: not one request was answered; the message holds the reason.
        EmptyResult: not one pair may be used; the message names what took them.
    """
    started = time.monotonic()
    progress = progress or Progress("silent")
    sources = read_sources(documents, config, progress)
    options = options_of(config)
    store = Store(out / "requests")
    requests = _requests(sources, config, model.name, options)
    with progress.task(f"Asking {model.name}", total=len(requests)) as task:
        asked = ask(requests, store, model, options, task)
    found = harvest(_answered(sources.chosen, requests, store), config)
    if config.confirm:
        asked = asked.and_then(_confirm(sources, found, config, store, model, progress))
    if config.best < 1:
        asked = asked.and_then(_keep_surest(found, config, store, model, progress))
    result = report(config, model.name, sources, asked, found)
    result.seconds = time.monotonic() - started
    _write(out, found, result)
    check_yield(config, model.name, sources, asked, found, out)
    return result


def _confirm(
    sources: Sources,
    found: Harvest,
    config: SelfInstructConfig,
    store: Store,
    model: ChatModel,
    progress: Progress,
) -> Asked:
    """Ask what is kept once more; what is answered otherwise, or not yet, is kept no longer."""
    places = {one.place: one for one in sources.chosen}
    kept = [(places[example.source_ids[0]], example) for example in found.examples]
    with progress.task(f"Asking {model.name} again", total=len(kept)) as task:
        given, asked = ask_again(kept, config, store, model, task)
    for _, example in kept:
        if example.id not in given:
            found.take_out(example, NOT_CONFIRMED, "not answered again yet")
        elif differs := disagreement(example, given[example.id]):
            found.take_out(example, NOT_CONFIRMED, differs)
    return asked


def _keep_surest(
    found: Harvest, config: SelfInstructConfig, store: Store, model: ChatModel, progress: Progress
) -> Asked:
    """Ask whether each pair that is kept holds, and keep the share that the model is surest of."""
    pairs = [(example, line["quote"]) for example, line in zip(found.examples, found.evidence, strict=True)]
    with progress.task(f"Asking {model.name} whether they hold", total=framings() * len(pairs)) as task:
        odds, asked = appraise(pairs, config.language, store, model, task)
    kept = surest(odds, config.best)
    for example, _ in pairs:
        if example.id in kept:
            found.note_odds(example.id, odds[example.id])
        elif example.id in odds:
            found.take_out(example, UNSURE, f"log-odds that it holds: {odds[example.id]:.2f}")
        else:
            found.take_out(example, UNSURE, "not asked about yet")
    return asked


def options_of(config: SelfInstructConfig) -> Options:
    """How the model generates: under the schema, with room for every pair that is asked for."""
    return Options(
        max_tokens=config.answer_tokens * config.per_passage,
        temperature=config.temperature,
        seed=config.seed,
        json_schema=schema(config.per_passage),
    )


def _requests(sources: Sources, config: SelfInstructConfig, model: str, options: Options) -> list[Request]:
    wording = prompt(config.topic, config.language)
    return [
        request(
            one.place,
            wording.conversation(Path(one.document).stem, one.passage, config.per_passage),
            model,
            options,
        )
        for one in sources.chosen
    ]


def _answered(
    chosen: Sequence[Chosen], requests: Sequence[Request], store: Store
) -> Iterator[tuple[Chosen, Answer]]:
    for one, asked in zip(chosen, requests, strict=True):
        if (answer := store.get(asked)) is not None:
            yield one, answer


def _write(out: Path, found: Harvest, result: Report) -> None:
    examples = out / "examples.parquet"
    if found.examples:
        write_parquet(examples, to_table(found.examples, Example))
    else:
        examples.unlink(missing_ok=True)
    _write_lines(out / "evidence.jsonl", found.evidence)
    _write_lines(out / "refused.jsonl", found.refused)
    result.write(out)


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
