"""`caibian instruct pool`: more wordings of the cards' instructions, from a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def pool(
    cards: Annotated[list[str], typer.Argument(metavar="CARD…", help="Ids of task cards.")],
    out: Annotated[Path, typer.Option(help="The YAML file to write or to add to.")],
    model: Annotated[
        str, typer.Option(help="Who is asked: a registered model, a path or a URL.")
    ] = "default",
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ar, hi; may be repeated.")] = None,
    count: Annotated[
        int, typer.Option(min=1, max=20, help="Wordings to ask for, of each card and language.")
    ] = 5,
) -> None:
    """Ask a model for more wordings of instructions, and keep those that say the task in words of their own."""
    import yaml

    from caibian.errors import EmptyResult
    from caibian.files import write_text
    from caibian.instructions.pool import ask, read_pool
    from caibian.models import open_model
    from caibian.tasks import card

    kept = read_pool(out) if out.exists() else {}
    asked = [card(name) for name in cards]
    opened = open_model(model)
    try:
        for one in asked:
            for wanted in language or list(one.instructions):
                try:
                    texts, refused = ask(opened, one, wanted, count)  # type: ignore[arg-type]
                except EmptyResult as nothing:
                    typer.echo(f"{nothing}", err=True)
                    continue
                there = kept.setdefault(one.id, {}).setdefault(wanted, [])  # type: ignore[arg-type]
                there += [text for text in texts if text not in there]
                write_text(out, yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=120))
                why = "".join(f", {reason} {n}" for reason, n in refused.items())
                typer.echo(f"{one.id} {wanted}: {len(texts)} kept{why}")
    finally:
        opened.close()
    if not kept:
        raise EmptyResult("no wording was kept; ask another model, or for more with --count")
    typer.echo(f"{out}: use it with instructions.pool in a recipe")
