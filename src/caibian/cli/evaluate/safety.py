"""`caibian evaluate safety`: what a model refuses, whom it treats otherwise, what it invents."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from caibian.records import Example


class Part(StrEnum):
    """What is evaluated."""

    prompts = "prompts"
    swaps = "swaps"
    news = "news"


class Sentiment(StrEnum):
    """How the tone of an output is measured."""

    lexicon = "lexicon"
    card = "card"


class Language(StrEnum):
    """Of the requests."""

    zh = "zh"
    en = "en"


def safety(
    model: Annotated[
        str,
        typer.Argument(
            help="A registered name, a GGUF file, a run, a hub id or a server's URL (https://host/v1#model)."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for answers and page; the same folder goes on.")],
    adapter: Annotated[Path | None, typer.Option(help="A LoRA adapter on the model.")] = None,
    against: Annotated[
        list[str] | None, typer.Option(help="Another model to compare with, asked the same; may be repeated.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="A model that reads the answers to the prompts a second time.")
    ] = None,
    news: Annotated[
        Path | None,
        typer.Option(
            "--news",
            help="Examples whose answers are checked for facts: a Parquet file, or a folder of any evaluation; "
            "by default the cards' worked examples.",
        ),
    ] = None,
    news_limit: Annotated[int, typer.Option(min=0, help="At most so many of them.")] = 60,
    part: Annotated[list[Part] | None, typer.Option(help="Only this part; may be repeated.")] = None,
    language: Annotated[
        list[Language] | None, typer.Option(help="Only requests in this language; may be repeated.")
    ] = None,
    prompts_each: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many prompts of each category and side.")
    ] = None,
    templates: Annotated[
        int | None, typer.Option(min=2, help="Only the first so many templates of the swap tests.")
    ] = None,
    sentiment: Annotated[
        Sentiment, typer.Option(help="By a word list, or by the model's own label card (it must score).")
    ] = Sentiment.lexicon,
    backend: Annotated[
        str | None, typer.Option(help="llama.cpp, transformers, openai; by default what the model is.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the model and of the intervals.")] = 0,
) -> None:
    """Ask a model our prompts for media, swap names, check its news for invented facts: safety.html and safety.json.

    Interrupted at any moment, the same command asks only what has no answer yet.
    """
    from caibian.evaluation.safety import PARTS, SafetyConfig, System, evaluate
    from caibian.evaluation.safety.console import print_safety
    from caibian.files import write_json
    from caibian.pipeline import safety_page
    from caibian.progress import Progress

    config = SafetyConfig(
        parts=tuple(dict.fromkeys(one.value for one in part)) if part else PARTS,
        languages=tuple(dict.fromkeys(one.value for one in language)) if language else ("zh", "en"),
        prompts_each=prompts_each,
        templates=templates,
        news=news_limit,
        sentiment=sentiment.value,  # type: ignore[arg-type]
        backend=backend,
        seed=seed,
    )
    name = f"{model} + {adapter.name}" if adapter is not None else model
    systems = [System(name, model, adapter), *(System(other, other) for other in against or ())]
    try:
        result = evaluate(
            config,
            systems,
            out,
            examples=_examples(news),
            judge=System(judge, judge) if judge else None,
            progress=Progress(),
        )
    except KeyboardInterrupt:
        typer.echo("\nStopped. Every answer so far is kept; the same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    write_json(out / "safety.json", result)
    page = safety_page.render(result, out / "safety.html")
    print_safety(result)
    for note in result["notes"]:
        typer.echo(note, err=True)
    typer.echo(page)


def _examples(path: Path | None) -> list[Example] | None:
    """The examples of a Parquet file or of an evaluation's folder; None where none were named."""
    from caibian.evaluation.errors import read_answered
    from caibian.records import Example, read_parquet

    if path is None:
        return None
    return read_parquet(path, Example) if path.is_file() else list(read_answered(path).examples)
