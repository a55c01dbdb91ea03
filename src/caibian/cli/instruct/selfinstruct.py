"""`caibian instruct selfinstruct`: questions and answers from documents, by a model, checked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from caibian.records import Report


class Language(StrEnum):
    """Of the documents, the prompts and the pairs."""

    zh = "zh"
    en = "en"


class Topic(StrEnum):
    """Which prompt is used."""

    news = "news"
    operations = "operations"


def selfinstruct(
    documents: Annotated[
        list[Path], typer.Argument(help="PDF, DOCX, HTML, Markdown or text files, or folders of them.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the examples; the same folder goes on.")],
    model: Annotated[
        str,
        typer.Option(
            help="A registered name, a GGUF file, a hub id or a server's URL (https://host/v1#model)."
        ),
    ] = "default",
    backend: Annotated[
        str | None,
        typer.Option(
            help="llama.cpp, transformers or openai; transformers asks many passages at once, which is quicker "
            "by far where there is memory for unpacked weights."
        ),
    ] = None,
    language: Annotated[Language, typer.Option(help="Language of the documents.")] = Language.zh,
    topic: Annotated[Topic, typer.Option(help="Prompts for news or for self-media operations.")] = Topic.news,
    per_passage: Annotated[int, typer.Option(min=1, max=20, help="Pairs to ask for from each passage.")] = 2,
    passage_tokens: Annotated[int, typer.Option(min=100, max=8000, help="Most tokens of a passage.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw by --limit and of the model.")] = 0,
    confirm: Annotated[
        bool,
        typer.Option(
            help="Ask each question that is kept once more, and keep it only if the answer is the same."
        ),
    ] = False,
    best: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=1.0,
            help="Of the pairs that hold, keep this share: those that the model is surest of when asked about each.",
        ),
    ] = 1.0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask about so many passages, drawn by the seed.")
    ] = None,
) -> None:
    """Have a model write questions and answers from documents, and keep those that hold.

    Interrupted or refused by the server at any moment, the same command asks only what has no answer yet.
    """
    from caibian.instructions.selfinstruct import SelfInstructConfig
    from caibian.instructions.selfinstruct.run import run
    from caibian.models import open_model
    from caibian.progress import Progress

    config = SelfInstructConfig(
        language=language.value,
        topic=topic.value,
        per_passage=per_passage,
        passage_tokens=passage_tokens,
        seed=seed,
        confirm=confirm,
        best=best,
        limit=limit,
    )
    try:
        with open_model(model, backend=backend) as opened:
            report = run(config, documents, out, opened, Progress())
    except KeyboardInterrupt:
        typer.echo("\nStopped. Every answer so far is kept; the same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    _print(report, out)
    if report.metrics["passages"]["unanswered"]:
        raise typer.Exit(1)


def _print(report: Report, out: Path) -> None:
    """What was read, asked and kept, and what took the rest."""
    passages, pairs = report.metrics["passages"], report.metrics["pairs"]
    typer.echo(
        f"{passages['cut']:,} passages, {passages['asked_about']:,} asked about, {passages['answered']:,} answered"
    )
    for reason, count in passages["left_out"].items():
        typer.echo(f"    left out: {reason} {count:,}")
    typer.echo(f"{report.rows_in:,} pairs written of {pairs['asked_for']:,} asked for")
    for reason, count in report.dropped.items():
        typer.echo(f"    refused: {reason} {count:,} ({count / report.rows_in:.0%})")
    for note in report.notes:
        typer.echo(note, err=True)
    typer.echo(f"{report.rows_out:,} examples: {out / 'examples.parquet'}")
