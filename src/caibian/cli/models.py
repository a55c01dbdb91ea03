"""`caibian models`: weights by name."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Weights by name: list, pull, path, remove.")

Reference = Annotated[
    str, typer.Argument(help="a registered name, a path, or a hub id (org/name, org/name:file.gguf)")
]


@app.command("list")
def list_models() -> None:
    """Show the registered weights and which of them are on this machine."""
    from rich.console import Console
    from rich.table import Table

    from caibian.models import weights

    table = Table(box=None, pad_edge=False)
    for column in ("name", "weights", "MB", "licence", "state"):
        table.add_column(column, justify="right" if column == "MB" else "left")
    for row in weights.overview():
        what = f"{row.title}\n  {row.role}"
        table.add_row(row.name, what, f"{row.size / 1e6:,.0f}", row.licence, row.state)
    Console().print(table)


@app.command()
def pull(
    reference: Reference = "default",
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="I have read and accept the terms of these weights")
    ] = False,
) -> None:
    """Bring weights onto this machine: resumed, verified, licence shown."""
    from caibian.models import terms, weights
    from caibian.models.registry import registry

    named = registry().get(reference)
    if named is not None and named.must_accept and not accept_licence and not named.path.exists():
        typer.echo(terms.terms_text(named) or "")
        typer.echo(f"{named.title} comes under the {named.licence}: {named.licence_url}")
        if sys.stdin.isatty():
            accept_licence = typer.confirm("Do you accept these terms?")
    facts = weights.pull(reference, accept_licence=accept_licence)
    typer.echo(f"{facts.title}: {facts.path}")


@app.command()
def path(reference: Reference = "default") -> None:
    """Print where weights are, for use in scripts; nothing is downloaded."""
    from caibian.models import weights

    typer.echo(weights.resolve(reference, download=False))


@app.command()
def remove(reference: Reference) -> None:
    """Delete pulled weights, what was made of them, and unfinished downloads."""
    from caibian.models import weights

    freed = weights.remove(reference)
    typer.echo(f"{reference}: removed, {freed / 1e6:,.0f} MB freed")
