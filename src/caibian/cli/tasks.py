"""`caibian tasks`: the cards of the house, what they say, and whether they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Task cards: list, show, check, begin a new one.")

Cards = Annotated[
    list[Path] | None,
    typer.Option("--cards", help="A YAML file of cards, or a folder of them; beside the packaged ones."),
]


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
    print(
        f"{len(cards)} cards hold: {len(cards)} good examples pass, {bad} bad ones are refused by the check they name"
    )
