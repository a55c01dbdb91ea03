"""`caibian newsroom stop`: end a house that runs in the background."""

from __future__ import annotations

import typer

from caibian.cli.newsroom.options import DEFAULT_CONFIG, Config


def stop(config: Config = DEFAULT_CONFIG) -> None:
    """Stop the house that runs with these settings; answers that have begun are finished first."""
    from caibian.service.newsroom import background
    from caibian.service.settings import read_settings

    settings = read_settings(config)
    ended = background.stop(background.state_file(settings, config), settings.grace_s)
    typer.echo(f"Stopped {ended.pages or ended.api} (process {ended.pid}).")
