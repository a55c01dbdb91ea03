"""A child process of a service: an API, pages, batches.

    python -m caibian.service.child       what to call as one line of JSON on standard input, which stays open

It says `{"ready": …}` on standard output, or `{"error": …}` and ends. It stops when standard input closes, so it
cannot outlive its parent, however that ends.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from caibian.errors import CaibianError
from caibian.service.logs import log_json

_GRACE = 3  # seconds that running requests get when the service stops
# Only pages on this machine may name another address than their own as a login's.
_TRUSTED = "127.0.0.1,::1"


def main() -> None:
    """Do as the line says."""
    asked = json.loads(sys.stdin.readline())
    if asked.get("log_json"):
        log_json()
    else:
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    module, _, name = asked["call"].partition(":")
    try:
        getattr(importlib.import_module(module), name)(**asked["arguments"], on_ready=_say_ready)
    except CaibianError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        pass


def serve_api(database: str, fd: int, on_ready: Callable[[str], None]) -> None:
    """Serve the API on a socket that the parent listens on, until SIGTERM.

    Args:
        fd: the socket; several children may share it, and it outlives them.
    """
    import uvicorn

    from caibian.service.panel.app import create_panel_app

    app = create_panel_app(database)
    listener = socket.socket(fileno=fd)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        proxy_headers=True,
        forwarded_allow_ips=_TRUSTED,
    )
    on_ready("")  # the parent listens already: what comes now waits for a moment, no longer
    uvicorn.Server(config).run(sockets=[listener])


def _say_ready(url: Any) -> None:
    print(json.dumps({"ready": str(url)}), flush=True)


def _stop_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
