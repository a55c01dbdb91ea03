"""Running the service from the command line."""

from __future__ import annotations

import os
from collections.abc import Callable

from caibian.errors import ConfigError, MissingExtra
from caibian.service.supervisor import EngineSpec, Supervisor
from caibian.sockets import listen


def serve(
    spec: EngineSpec,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    max_queue: int = 32,
    api_key_env: str | None = None,
    on_ready: Callable[[str, str], None] | None = None,
) -> None:
    """Serve a model until Ctrl-C or SIGTERM.

    Args:
        spec: the model.
        max_queue: requests that may wait; more get 429.
        api_key_env: environment variable with the key clients must present.
        on_ready: called with the service's URL and the model's name once both are there.
    Raises:
        PortInUse, ConfigError: see `listen`.
        ModelError: the model cannot be loaded.
    """
    try:
        import uvicorn

        from caibian.service.app import create_app
    except ImportError as error:
        raise MissingExtra(error.name or "uvicorn", "serve") from error
    key = None
    if api_key_env is not None and not (key := os.environ.get(api_key_env)):
        raise ConfigError(f"--api-key-env {api_key_env}: this environment variable is not set")
    listener = listen(host, port)
    supervisor = Supervisor(spec)
    app = create_app(supervisor, parallel=spec.parallel, max_queue=max_queue, api_key=key, host=host)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)

    import asyncio

    async def main() -> None:
        await supervisor.start()
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        address = f"[{shown}]" if ":" in shown else shown
        if on_ready is not None:
            on_ready(f"http://{address}:{listener.getsockname()[1]}", supervisor.model)
        try:
            await server.serve(sockets=[listener])
        finally:
            await supervisor.stop()

    try:
        asyncio.run(main())
    finally:
        listener.close()
