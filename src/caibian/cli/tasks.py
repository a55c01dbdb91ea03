"""`caibian tasks`: the cards of the house, what they say, whether they hold, and the start of a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Task cards: list, show, check, begin a new one.")

Cards = Annotated[
    list[Path] | None,
    typer.Option("--cards", help="A YAML file of cards, or a folder of them, beside the packaged ones."),
]


@app.command("list")
def list_cards(
    category: Annotated[
        str | None, typer.Option(help="Only one category: creation, rewriting, understanding or qa.")
    ] = None,
    cards: Cards = None,
) -> None:
    """List the cards by category."""
    from caibian.errors import ConfigError
    from caibian.tasks import load_cards
    from caibian.tasks.page import CATEGORIES, by_category

    if category is not None and category not in CATEGORIES:
        raise ConfigError(f"--category {category}: one of {', '.join(CATEGORIES)}")
    loaded = load_cards(*(cards or ()))
    width = max(map(len, loaded))
    for name, those in by_category(loaded).items():
        if category in (None, name):
            typer.echo(f"{CATEGORIES[name].en} · {CATEGORIES[name].zh} ({len(those)})")
            for one in those:
                typer.echo(f"  {one.id.ljust(width)}  {one.name.zh} · {one.name.en}")
            typer.echo()


@app.command("show")
def show(
    card_id: Annotated[
        str, typer.Argument(metavar="ID", help="A card's id, as `caibian tasks list` shows it.")
    ],
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    cards: Cards = None,
) -> None:
    """Show one card whole: input, output, instructions, checks, rubric, worked examples."""
    from caibian.errors import ConfigError
    from caibian.tasks import card, load_cards
    from caibian.tasks.page import text

    if language not in ("zh", "en"):
        raise ConfigError(f"--language {language}: zh or en")
    typer.echo(text(card(card_id, load_cards(*(cards or ()))), language))


@app.command("check")
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Your own cards: files or folders.")] = None,
) -> None:
    """Check every card: its parts, its worked examples, and that no two cards say the same."""
    from caibian.errors import ConfigError
    from caibian.tasks import load_cards, verify_examples
    from caibian.tasks.library import likenesses

    cards = load_cards(*(files or ()))
    problems = [f"{one.id}: {problem}" for one in cards.values() for problem in verify_examples(one)]
    problems += likenesses(cards)
    if problems:
        raise ConfigError("task cards: {} to mend\n  {}".format(len(problems), "\n  ".join(problems)))
    bad = sum(len(one.examples.bad) for one in cards.values())
    typer.echo(
        f"{len(cards)} cards hold: {len(cards)} good examples pass, {bad} bad ones are refused by the check they name"
    )


@app.command("new")
def new(
    card_id: Annotated[str, typer.Argument(metavar="ID", help="An id of two words, e.g. weather.brief.")],
    category: Annotated[str, typer.Option(help="creation, rewriting, understanding or qa.")] = "rewriting",
    out: Annotated[Path | None, typer.Option(help="The file to write; by default ID.yaml here.")] = None,
) -> None:
    """Begin a new card: a file to fill in, with every key it needs."""
    from caibian.errors import ConfigError
    from caibian.files import write_text
    from caibian.tasks import load_cards
    from caibian.tasks.page import CATEGORIES, NEW_CARD

    if category not in CATEGORIES:
        raise ConfigError(f"--category {category}: one of {', '.join(CATEGORIES)}")
    if card_id in load_cards():
        raise ConfigError(f"{card_id}: there is a card of this id; caibian tasks show {card_id}")
    path = out or Path(f"{card_id}.yaml")
    if path.exists():
        raise ConfigError(f"{path}: is there already; give another --out")
    write_text(
        path,
        NEW_CARD.format(id=card_id, category=category, views="true" if category == "creation" else "false"),
    )
    typer.echo(f"{path}: fill it in, then: caibian tasks check {path}")


@app.command("page")
def page(
    out: Annotated[Path | None, typer.Option(help="The file to write; by default it is printed.")] = None,
    cards: Cards = None,
) -> None:
    """The list of all cards as a page in Markdown (docs/task-cards.md)."""
    from caibian.files import write_text
    from caibian.tasks import load_cards
    from caibian.tasks.page import markdown

    text = markdown(load_cards(*(cards or ())))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_text(out, text)
