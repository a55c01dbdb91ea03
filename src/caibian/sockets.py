"""Addresses of this machine: taking a port before anything that needs it is loaded, and how others reach it."""

from __future__ import annotations

import errno
import socket

from caibian.errors import ConfigError, PortInUse

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The names of this machine that no other one reaches."""

_EVERYWHERE = {
    "0.0.0.0": "127.0.0.1",
    "::": "::1",
}  # what listens everywhere, and where it is found from here
_LAST_PORT = 65535
_BACKLOG = 1024  # connections that may wait to be accepted, at a rush


def listen(
    host: str, port: int, *, perhaps: str = "another `caibian serve`", otherwise: int = 8000
) -> socket.socket:
    """A socket bound to the address, and listening.

    Args:
        perhaps: what program may have the port, for the message.
        otherwise: the port to propose where the last one of all is taken; else it is the next one.
    Raises:
        PortInUse: another program has the port.
        ConfigError: the address is not one of this machine's, or the port needs more rights.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Not to share the port, only to take it over from a service that ended a moment ago.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            hint = f" (perhaps {perhaps})" if perhaps else ""
            raise PortInUse(
                f"port {port} of {host} is taken by another program{hint}: stop it, or choose another port: "
                f"--port {port + 1 if port < _LAST_PORT else otherwise}"
            ) from error
        raise ConfigError(
            f"--host {host} --port {port}: cannot listen there ({error.strerror or error})"
        ) from error
    return listener


def url(host: str, port: int) -> str:
    """Where somebody on this machine finds what listens on a host and port."""
    shown = _EVERYWHERE.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
