"""`caibian newsroom demo`: a run's model at work in a newsroom, with one command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

_USUAL_PORT = 8080
_NAME = "caibian"


def demo(
    run: Annotated[Path, typer.Argument(help="A finished run: runs/demo.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where the house is kept; by default `newsroom` beside the runs.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the pages; 0 takes a free one.")
    ] = 8080,
    api_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")] = 0,
) -> None:
    """Start the workbench in the background around a run's tuned model and the untuned one, with its held-out stories.

    What was made in the house stays; a house that runs already is started anew, with a new password.
    """
    from caibian.service.newsroom import background
    from caibian.service.newsroom.demonstration import prepare
    from caibian.service.settings import read_settings

    place = folder or run.resolve().parent / "newsroom"
    config = place / "newsroom.yaml"
    if config.exists():
        settings = read_settings(config)
        state = background.state_file(settings, config)
        if background.find(state) is not None:
            background.stop(state, settings.grace_s)
    made = prepare(run, place)
    settings = read_settings(made.config)
    typer.echo("Starting the newsroom …", err=True)
    chosen = _free_or_any(host) if port is None else port
    arguments = ["serve", "--config", str(made.config), "--host", host, "--port", str(chosen)]
    arguments += ["--api-port", str(api_port)]
    running = background.start(
        arguments, background.state_file(settings, made.config), background.log_file(settings, made.config)
    )
    shown = made.config.relative_to(Path.cwd()) if made.config.is_relative_to(Path.cwd()) else made.config
    typer.echo(
        f"The newsroom is open, with {made.stories} stories and two models, tuned and base:\n"
        f"  Address   {running.pages}\n"
        f"  Account   {made.account}\n"
        f"  Password  {made.password}   (shown this once)\n"
        f"  API       {running.api}/v1\n"
        f"Stop it with:  {_program()} newsroom stop --config {shown}"
    )


def _free_or_any(host: str) -> int:
    """The usual port if nobody has it; else 0, for any that is free."""
    from caibian.errors import PortInUse
    from caibian.sockets import listen

    try:
        listen(host, _USUAL_PORT).close()
    except PortInUse:
        return 0
    return _USUAL_PORT


def _program() -> str:
    """How whoever reads this calls us: `make` does so by a path, without an activated environment."""
    called = Path(sys.argv[0])
    return str(called) if called.name == _NAME and shutil.which(_NAME) is None else _NAME
