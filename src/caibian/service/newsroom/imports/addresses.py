"""Which network addresses a page may be fetched from: public ones, so that nobody makes the service ask its own house."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from caibian.service.newsroom.imports.dropping import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_OWN_PORTS = (80, 443)  # below 1024; the others there are of mail, files and databases, and speak no HTTP


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("unreachable", f"the name {host} has no address") from error
    return list(dict.fromkeys(str(one[4][0]).split("%")[0] for one in found))


def public(address: str) -> bool:
    """Whether an address is one of the open internet; one that carries an IPv4 address inside is judged by it."""
    found: Address = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            found = inner
        elif found.is_site_local:  # fec0::/10, which is_global takes for the open internet
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def allowed(host: str, port: int, *, private: bool, resolver: Resolver = resolve) -> str:
    """An address to connect to. All of a host's must be allowed: which one is taken is not for its owner to play with.

    Args:
        private: addresses within the house's own network may be asked, too.

    Raises:
        Refused: the host has none, or one that may not be asked.
    """
    if port < 1024 and port not in _OWN_PORTS:
        raise Refused("not_public", f"port {port} is none of the web")
    found = resolver(host, port)
    if not found:
        raise Refused("unreachable", f"the name {host} has no address")
    if not private and not all(public(one) for one in found):
        raise Refused("not_public", "an address of the house's own network; it is not fetched")
    return found[0]
