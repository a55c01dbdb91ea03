"""`caibian data`: datasets by name."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Datasets by name: list, pull.")


@app.command("list")
def list_datasets() -> None:
    """Show the registered datasets and which of them are on this machine."""
    from rich.console import Console
    from rich.table import Table

    from caibian.datasets import open_dataset, registered
    from caibian.errors import InputError

    table = Table(box=None, pad_edge=False)
    for column in ("name", "what", "rows", "licence", "state"):
        table.add_column(column, justify="right" if column == "rows" else "left")
    for dataset in registered().datasets:
        try:
            open_dataset(dataset.name, download=False)
            state = "here"
        except InputError:
            state = "not pulled"
        table.add_row(dataset.name, dataset.title["en"], f"{dataset.rows:,}", dataset.licence, state)
    Console().print(table)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="a name that `caibian data list` shows")] = "demo-news",
) -> None:
    """Bring a dataset onto this machine: verified, licence shown, repeats between splits reported."""
    from caibian.datasets import describe, open_dataset

    open_dataset(name)
    facts = describe(name)
    typer.echo(f"{name}: {facts.rows:,} articles in {facts.path}")
    for title, counts in (("splits", facts.splits), ("labels", facts.labels), ("note", facts.findings)):
        typer.echo(f"  {title}: " + ", ".join(f"{key} {count:,}" for key, count in counts.items()))
