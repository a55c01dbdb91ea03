"""`caibian recipes`: the recipes that come with Caibian, and checking one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Recipes: list, copy, check.")


@app.command("list")
def list_recipes() -> None:
    """Show the shipped recipes with what they are for."""
    from caibian.pipeline import recipe

    for name, path in recipe.shipped().items():
        typer.echo(f"{name:22} {recipe.describe(path)}")


@app.command()
def copy(
    name: Annotated[str, typer.Argument(help="The name of a shipped recipe.")],
    target: Annotated[
        Path | None, typer.Argument(help="A file or folder; by default NAME.yaml here.")
    ] = None,
) -> None:
    """Copy a shipped recipe to change it."""
    from caibian.errors import ConfigError
    from caibian.files import write_bytes
    from caibian.pipeline import recipe

    source = recipe.shipped().get(name)
    if source is None:
        raise ConfigError(f"{name}: no shipped recipe of this name ({', '.join(recipe.shipped())})")
    path = target or Path(f"{name}.yaml")
    if path.is_dir():
        path = path / f"{name}.yaml"
    if path.exists():
        raise ConfigError(f"{path} exists; name another file")
    write_bytes(path, source.read_bytes())
    typer.echo(f"{path}: change it, then: caibian run {path}")


@app.command()
def check(
    recipe: Annotated[str, typer.Argument(help="A recipe file, or the name of a shipped recipe.")],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change one setting; may be repeated."),
    ] = None,
) -> None:
    """Validate a whole recipe without running it; every problem is listed with its place."""
    from caibian import pipeline

    loaded = pipeline.load(recipe, overrides or ())
    typer.echo(f"{loaded.path}: valid; stages {', '.join(loaded.stages)}")
