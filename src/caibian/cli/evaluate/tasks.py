"""`caibian evaluate tasks`: models on labelled datasets and text tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from caibian.cli.evaluate.places import beside, split_file


def tasks(
    model: Annotated[str, typer.Argument(help="A registered name, a path, a hub id or a URL (see models).")],
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            help="Id of a dataset card; may be repeated. By default all whose file is under --data."
        ),
    ] = None,
    examples: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="RUN_OR_PARQUET", help="Built test examples: a run, a folder or a file; may be repeated."
        ),
    ] = None,
    train_examples: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="RUN_OR_PARQUET",
            help="Built training examples, for --shots and the simple methods; by default those beside --examples.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for table and answers; a second call goes on there.")
    ] = Path("task-evaluation"),
    adapter: Annotated[
        Path | None, typer.Option(help="A LoRA adapter on MODEL, or a run whose training made one.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=MODEL_OR_ADAPTER",
            help="A system to compare with, e.g. base=default; may be repeated.",
        ),
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder of the datasets' files.", envvar="CAIBIAN_DATA")] = Path(
        "../shared/data"
    ),
    way: Annotated[
        str,
        typer.Option(
            help="free: generate and read the label out; constrained: write nothing but a label; "
            "scored: the most probable label."
        ),
    ] = "scored",
    shots: Annotated[int, typer.Option(help="Training examples before each question.")] = 0,
    limit: Annotated[
        int | None, typer.Option(help="Items of each test split, drawn by the seed; by default all.")
    ] = None,
    llamalens: Annotated[
        bool, typer.Option("--llamalens", help="Read free answers as LlamaLens does: wrong forms at random.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of draws, splits and bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples behind every interval.")] = 2000,
    backend: Annotated[
        str | None, typer.Option(help="transformers (default for local weights), llama.cpp or openai.")
    ] = None,
) -> None:
    """Ask models about labelled datasets and text tasks, and set them beside simple methods.

    Writes table.json, table.md, items.parquet and answers/SYSTEM.parquet; figures have bootstrap intervals,
    differences are paired. Ctrl-C and call it again: what was answered stays.
    """
    from pydantic import ValidationError

    from caibian.datasets.card import packaged
    from caibian.errors import ConfigError
    from caibian.evaluation.tasks.config import TasksConfig
    from caibian.evaluation.tasks.console import print_table
    from caibian.evaluation.tasks.items import example_sets, labelled_sets
    from caibian.evaluation.tasks.run import evaluate
    from caibian.evaluation.tasks.systems import systems
    from caibian.progress import Context

    try:
        config = TasksConfig.model_validate(
            {
                "way": way,
                "shots": shots,
                "limit": limit,
                "llamalens": llamalens,
                "seed": seed,
                "resamples": resamples,
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = f"--{first['loc'][0]}: " if first["loc"] else ""
        raise ConfigError(f"{where}{first['msg'].removeprefix('Value error, ')}") from None
    compared = systems(model, adapter, against or [], backend=backend)
    cards = packaged()
    if unknown := [name for name in dataset or () if name not in cards]:
        raise ConfigError(f"--dataset: no dataset card {unknown[0]}; there are: {', '.join(sorted(cards))}")
    if dataset:
        chosen = [cards[name] for name in dict.fromkeys(dataset)]
    elif examples:
        chosen = []
    else:
        chosen = [
            card for card in cards.values() if card.public and card.file and (data / card.file).is_file()
        ]
        if not chosen:
            raise ConfigError(f"--data: no file of any dataset card is under {data}; name their folder")
    context = Context(seed=seed)
    with context.progress.task("Building items", total=len(chosen)) as task:
        sets = labelled_sets(chosen, data, seed=seed, limit=limit, task=task)
    tests = [split_file(place, "test") for place in examples or ()]
    training = [split_file(place, "train") for place in train_examples or ()]
    training = training or [path for path in map(beside, tests) if path is not None]
    sets += example_sets(tests, training, seed=seed, limit=limit)
    print_table(evaluate(config, compared, sets, out, context))
    typer.echo(f"\n{out / 'table.json'}, {out / 'table.md'}, {out / 'answers'}")
