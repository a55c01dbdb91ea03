"""`caibian panel serve`: the panel's pages and the API behind them."""

from __future__ import annotations

from typing import Annotated

import typer

from caibian.cli.panel.options import DEFAULT_DB, Db, opened


def serve(
    db: Db = DEFAULT_DB,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for the whole network.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the pages; 0 takes a free one.")
    ] = 8080,
    api_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the API on this machine; 0 takes a free one.")
    ] = 0,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes of the API.")] = 1,
    https: Annotated[
        bool,
        typer.Option("--https", help="People come by https, through a proxy; cookies go no other way then."),
    ] = False,
    pages: Annotated[
        bool, typer.Option("--pages/--no-pages", help="Without pages: the API alone, on --host and --port.")
    ] = True,
) -> None:
    """Serve the panel: pages where experts rank, and the API behind them. Both are started again if they die."""
    from caibian.service.panel.run import serve as run
    from caibian.sockets import LOOPBACK

    with opened(db):  # a wrong name is said before anything starts
        pass
    if host not in LOOPBACK and not https:
        typer.echo(
            f"Warning: passwords cross the network of {host} unencrypted; put a proxy with https before it (--https).",
            err=True,
        )

    def announce(shown: str | None, api: str) -> None:
        lines = [f"  Pages  {shown}"] if shown else []
        typer.echo(
            "\n".join(["The panel is ready.", *lines, f"  API    {api}/v1/panel", "Stop with Ctrl-C."]),
            err=True,
        )

    run(
        db,
        host=host,
        port=port,
        api_port=api_port,
        workers=workers,
        pages={"https": https} if pages else None,
        on_ready=announce,
    )
