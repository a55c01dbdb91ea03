"""`python -m caibian.workbench --api http://127.0.0.1:8000`: the pages beside a running service."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from caibian.errors import CaibianError, ConfigError
from caibian.workbench.run import serve


def main(
    api: Annotated[
        str,
        typer.Option(help="Address of the service, as `caibian serve` or `caibian panel serve` prints it."),
    ],
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for the whole network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8080,
    https: Annotated[
        bool,
        typer.Option("--https", help="Readers come by https, through a proxy; cookies go no other way then."),
    ] = False,
    secret_env: Annotated[
        str | None, typer.Option(help="Environment variable with the secret that signs cookies.")
    ] = None,
) -> None:
    """Serve the pages: of a newsroom, or of an expert panel alone."""
    try:
        secret = os.environ.get(secret_env) if secret_env else None
        if secret_env and secret is None:
            raise ConfigError(f"--secret-env {secret_env}: this environment variable is not set")
        serve(
            api,
            host=host,
            port=port,
            https=https,
            storage_secret=secret,
            on_ready=lambda url: typer.echo(f"Workbench {url}\nStop with Ctrl-C.", err=True),
        )
    except CaibianError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
