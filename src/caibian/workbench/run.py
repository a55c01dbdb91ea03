"""Running the workbench: a process of its own beside the service."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from caibian.errors import ConfigError, MissingExtra
from caibian.files import home
from caibian.sockets import listen

_DEFAULT_PORT = 8080
_LEAST_SECRET = 16  # characters


def serve(
    api_url: str,
    *,
    host: str = "127.0.0.1",
    port: int = _DEFAULT_PORT,
    storage_secret: str | None = None,
    folder: Path | None = None,
    https: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the pages until Ctrl-C or SIGTERM.

    Args:
        api_url: the service, as `caibian serve` or `caibian panel serve` printed it.
        port: 0 takes a free one.
        storage_secret: signs the cookies; by default one is made and kept in `folder`.
        folder: sessions and secret; by default `workbench` in Caibian's own folder.
        https: readers come by https; the cookie then goes no other way.
        on_ready: called with the address once it is open.
    Raises:
        ConfigError: the service's address, the secret or the host is of no use.
        PortInUse: another program has the port.
        MissingExtra: the extra `serve` is not installed.
    """
    parts = urlsplit(api_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(f"--api {api_url}: not an http address such as http://127.0.0.1:8000")
    place = folder or home() / "workbench"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = _kept_secret(place / "secret") if storage_secret is None else storage_secret
    if len(secret) < _LEAST_SECRET:
        raise ConfigError(f"the secret for cookies needs at least {_LEAST_SECRET} characters")
    listener = listen(host, port, perhaps="", otherwise=_DEFAULT_PORT)
    try:
        import uvicorn

        from caibian.workbench.app import create_app
    except ImportError as error:
        listener.close()
        raise MissingExtra(error.name or "uvicorn", "serve") from error
    app = create_app(api_url, storage_secret=secret, folder=place, https=https, host=host)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
        headers=[("Server", "caibian")],
        server_header=False,
    )
    server = uvicorn.Server(config)

    async def main() -> None:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        address = f"[{shown}]" if ":" in shown else shown
        if on_ready is not None:
            on_ready(f"http://{address}:{listener.getsockname()[1]}")
        await server.serve(sockets=[listener])

    try:
        asyncio.run(main())
    finally:
        listener.close()


def _kept_secret(path: Path) -> str:
    """The secret of last time, or a new one, readable by this user alone."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    secret = secrets.token_urlsafe(32)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another workbench was first
        return path.read_text(encoding="ascii").strip()
    with open(handle, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    return secret
