"""`caibian evaluate answer`: have systems answer a set, for judges and experts to rank."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def answer(
    examples: Annotated[
        Path,
        typer.Argument(metavar="SET", help="Parquet file of examples, or a folder with examples.parquet."),
    ],
    systems: Annotated[
        list[str],
        typer.Option(
            "--system",
            help="NAME=MODEL[+ADAPTER]: a registered name, a file, a run, a hub id or a server's URL#MODEL; ADAPTER is an "
            "adapter's folder or the run that trained it. Repeatable; more can be added later.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the comparison; the same folder goes on.")],
    name: Annotated[str | None, typer.Option(help="Name of the comparison; the folder's by default.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take so many examples, drawn by the seed.")
    ] = None,
    backend: Annotated[
        str | None, typer.Option(help="For local weights: transformers (many at once) or llama.cpp.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Questions to a server at a time.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw by --limit.")] = 0,
) -> None:
    """Have every system answer every example, greedily, and keep the answers side by side.

    One model is in memory at a time. Interrupted at any moment, the same command generates only what is missing.
    """
    from caibian.evaluation.answering import answer as have_answered
    from caibian.evaluation.answering import read_set
    from caibian.evaluation.systems import parse_system
    from caibian.progress import Progress

    wanted = [parse_system(text) for text in systems]
    given = read_set(examples, limit, seed)
    try:
        for system in wanted:
            settings: dict[str, Any] = {"concurrency": concurrency} if system.remote else {}
            found = have_answered(
                given,
                [system],
                out,
                name=name,
                backend=backend,
                settings=settings,
                seed=seed,
                progress=Progress(),
            )
    except KeyboardInterrupt:
        typer.echo("\nStopped. Finished shards are kept; the same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    missing = found.missing()
    for system_name, answers in found.answers.items():
        facts = found.systems.get(system_name, {})
        behind = facts.get("title") or facts.get("name") or facts.get("url") or "?"
        hashed = f", SHA-256 {str(facts['sha256'])[:12]}…" if facts.get("sha256") else ""
        lost = f", {missing[system_name]} failed" if missing[system_name] else ""
        typer.echo(f"{system_name}: {len(answers) - missing[system_name]} answers{lost} ({behind}{hashed})")
    typer.echo(f"{out}")
    if any(missing[system.name] for system in wanted):
        typer.echo("The same command asks again what had failed.", err=True)
        raise typer.Exit(1)
