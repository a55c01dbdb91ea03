"""`caibian label`: AI-content labels of GB 45438-2025 in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="AI-content labels (GB 45438-2025) in files: add, verify.")

Files = Annotated[
    list[Path], typer.Argument(help="HTML, DOCX, PDF, PNG, JPEG, ninjs or Markdown; known by content.")
]
_MEANINGS = {"1": "1, AI-generated", "2": "2, possibly", "3": "3, suspected"}
_WIDE = 10_000  # columns
_SEEN = {True: "yes", False: "no", None: "-"}


@app.command()
def add(
    files: Files,
    producer: Annotated[
        str | None, typer.Option(help="ContentProducer: code or name of who provides the generating service.")
    ] = None,
    produce_id: Annotated[
        str | None, typer.Option(help="ProduceID: your number of this content; by default a new one.")
    ] = None,
    propagator: Annotated[
        str, typer.Option(help="ContentPropagator: who spreads it; by default the producer.")
    ] = "",
    settings: Annotated[
        Path | None, typer.Option(help="newsroom.yaml, whose labels name producer and propagator.")
    ] = None,
    certainty: Annotated[str, typer.Option(help="Label: 1 AI-generated, 2 possibly, 3 suspected.")] = "1",
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the labelled files; by default they replace the originals."),
    ] = None,
    draw: Annotated[bool, typer.Option("--draw", help="Write visible words on pictures too.")] = False,
    text: Annotated[str | None, typer.Option(help="These words; by default AI生成 or AI-generated.")] = None,
    font: Annotated[Path | None, typer.Option(help="Font file for the words.")] = None,
) -> None:
    """Put the implicit label into files, in place of any that they have."""
    import uuid

    from caibian.errors import ConfigError
    from caibian.files import write_bytes
    from caibian.publishing.labels import Label, Unlabelled, add_label, read_file
    from caibian.publishing.labels.draw import draw_label

    if settings is not None:
        from caibian.service.settings import read_settings

        labels = read_settings(settings).labels
        producer, propagator = producer or labels.producer, propagator or labels.propagator
    if not producer:
        raise ConfigError("--producer: who provides the generating service is missing; or give --settings")
    if certainty not in _MEANINGS:
        raise ConfigError(f"--certainty: must be 1, 2 or 3, got {certainty}")
    if produce_id and len(files) > 1:
        raise ConfigError("--produce-id: is the number of one content; give one file, or none of it")
    failed = 0
    for file in files:
        number = produce_id or uuid.uuid4().hex
        try:
            data = read_file(file)
            if draw:
                data = draw_label(data, text, font)
            label = Label.first(producer, number, propagator=propagator, certainty=certainty)  # type: ignore[arg-type]
            target = file if output is None else output / file.name
            write_bytes(target, add_label(data, label))
        except Unlabelled as error:
            typer.echo(f"{file}: {error}", err=True)
            failed += 1
        else:
            typer.echo(f"{target}: labelled, ProduceID {number}")
    if failed:
        raise typer.Exit(1)


@app.command()
def verify(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file, a line each.")] = False,
) -> None:
    """Read labels back. Exits with 1 if a file has no label, or one that falls short of the standard."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from caibian.publishing.labels import Unlabelled, read_file, read_label

    table = Table(box=None, pad_edge=False)
    for column in ("file", "format", "label", "producer", "ProduceID", "visible"):
        table.add_column(column, no_wrap=True)
    problems: list[str] = []
    for file in files:
        try:
            found = read_label(read_file(file))
        except Unlabelled as error:
            problems.append(f"{file}: {error}")
            table.add_row(escape(str(file)), "?", "", "", "", "")
            if as_json:
                typer.echo(json.dumps({"file": str(file), "error": str(error)}, ensure_ascii=False))
            continue
        problems += [f"{file}: {problem}" for problem in found.problems]
        label = found.aigc or {}
        kind = label.get("Label", "")
        cells = (str(file), found.format, _MEANINGS.get(kind, kind) if found.aigc else "none")
        rest = (label.get("ContentProducer", ""), label.get("ProduceID", ""), _SEEN[found.visible])
        table.add_row(*(escape(_shown(cell)) for cell in (*cells, *rest)))
        if as_json:
            typer.echo(json.dumps({"file": str(file), **found.model_dump()}, ensure_ascii=False))
    if not as_json:
        # As wide as it is, so that a number can be copied and a line found by grep.
        console = Console()
        console.width = max(
            console.width, console.measure(table, options=console.options.update(width=_WIDE)).maximum
        )
        console.print(table)
        for problem in problems:
            typer.echo(_shown(problem), err=True)
    if problems:
        raise typer.Exit(1)


def _shown(text: str) -> str:
    """What a file says of itself, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
