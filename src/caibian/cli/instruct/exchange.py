"""`caibian instruct export` and `import`: examples to and from the files that other tools train on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from caibian.instructions.exchange import Layout
    from caibian.records import Report


class To(StrEnum):
    """What `export` writes."""

    alpaca = "alpaca"
    sharegpt = "sharegpt"
    messages = "messages"
    llama_factory = "llama-factory"


class From(StrEnum):
    """What `import` reads."""

    auto = "auto"
    alpaca = "alpaca"
    sharegpt = "sharegpt"
    messages = "messages"
    llama_factory = "llama-factory"


class Formatting(StrEnum):
    """How LLaMA-Factory finds the turns of an example."""

    sharegpt = "sharegpt"
    alpaca = "alpaca"


def export(
    examples: Annotated[
        Path, typer.Argument(help="A Parquet file of examples, or a folder of them (an instructions stage).")
    ],
    to: Annotated[To, typer.Option("--to", help="The layout.")],
    out: Annotated[
        Path,
        typer.Option("--out", help="The file, .jsonl or .json (one array); for llama-factory the folder."),
    ],
    split: Annotated[str, typer.Option(help="all, or one of train, validation, test, extra.")] = "all",
    plain: Annotated[
        bool, typer.Option("--plain", help="Leave out our own columns; an import then cannot restore them.")
    ] = False,
    formatting: Annotated[
        Formatting,
        typer.Option(help="For llama-factory: sharegpt keeps prompts as they are, alpaca is joined there."),
    ] = Formatting.sharegpt,
    name: Annotated[str, typer.Option(help="For llama-factory: what its datasets are called.")] = "caibian",
) -> None:
    """Write examples for other tools: alpaca, sharegpt, OpenAI messages, or a folder for LLaMA-Factory."""
    from caibian.instructions import exchange
    from caibian.progress import Progress

    with Progress().task("Exporting", total=exchange.count(examples)) as task:
        if to is To.llama_factory:
            report = exchange.export_llama_factory(
                examples,
                out,
                formatting=formatting.value,
                name=name,
                split=split,
                keep_ours=not plain,
                task=task,
            )
        else:
            report = exchange.export(
                examples, out, cast("Layout", to.value), split=split, keep_ours=not plain, task=task
            )
    typer.echo(f"{report.rows_out:,} examples ({_splits(report)}): {out}")


def import_(
    file: Annotated[
        Path, typer.Argument(help="A .json or .jsonl file (.gz too), or a LLaMA-Factory folder.")
    ],
    out: Annotated[Path, typer.Option("--out", help="A .parquet file, or a folder with one for each split.")],
    layout: Annotated[
        From, typer.Option("--layout", help="The layout; auto tells it by the keys.")
    ] = From.auto,
    card: Annotated[
        str | None, typer.Option("--card", help="The task card of examples that bring none of their own.")
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option("--dataset", help="The dataset's name where it brings none; default: the file's."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="One dataset of the folder; may be repeated."),
    ] = None,
) -> None:
    """Read examples of other tools: alpaca, sharegpt, OpenAI messages, or a folder of LLaMA-Factory."""
    from caibian.instructions import exchange
    from caibian.progress import Progress

    with Progress().task("Importing") as task:
        report = exchange.import_(
            file, out, layout=layout.value, card=card, dataset=dataset, only=only or (), task=task
        )
    restored = report.metrics["restored"]
    typer.echo(f"{report.rows_out:,} examples ({_splits(report)}), {restored:,} with our columns: {out}")
    for note in report.notes:
        typer.echo(f"  left out: {note}")
    for name, why in report.metrics["left_out"].items():
        typer.echo(f"  left out: dataset {name} {why}")


def _splits(report: Report) -> str:
    return ", ".join(f"{split} {number:,}" for split, number in report.metrics["splits"].items())
