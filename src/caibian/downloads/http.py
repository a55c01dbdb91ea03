"""One file over HTTP, resumed by byte range."""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from socket import create_connection
from threading import Thread
from urllib.parse import urlsplit

import httpx

from caibian.downloads.fetch import OriginFailed

# An offline machine must move on quickly; a hub that is there answers a connection in well under a second.
CONNECT_SECONDS = 4.0
_READ_SECONDS = 30.0  # of silence on an open connection before it counts as lost
_TRIES = 5  # in a row without a single new byte
_PAUSE_SECONDS = 0.5  # before the second try; doubles with each
_BUSY = (429, 500, 502, 503, 504)

_unreachable: set[str] = set()  # endpoints that did not answer this process: not asked a second time


def client() -> httpx.Client:
    """A client with our time limits, honouring the proxy settings of the environment."""
    return httpx.Client(
        timeout=httpx.Timeout(_READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=True,
        headers={
            "User-Agent": "caibian",
            "Accept-Encoding": "identity",
        },  # plain bytes, so that ranges count them
    )


def require_reachable(endpoint: str) -> None:
    """Raise OriginFailed, within `CONNECT_SECONDS`, where nothing answers at `endpoint`.

    The time limit of an HTTP client does not cover a name server that never answers, hence a connection of
    our own. Behind a proxy the proxy looks names up, and the client's own limit is enough.
    """
    if endpoint in _unreachable:
        raise OriginFailed("not reachable (found out earlier)")
    if urllib.request.getproxies():
        return
    address = urlsplit(endpoint)
    port = address.port or (443 if address.scheme == "https" else 80)
    reasons: list[str] = [f"no answer within {CONNECT_SECONDS:.0f} s"]

    def knock() -> None:
        try:
            create_connection((address.hostname or "", port), timeout=CONNECT_SECONDS).close()
        except OSError as error:
            reasons.append(error.strerror or str(error))
        else:
            reasons.clear()

    visitor = Thread(target=knock, daemon=True)
    visitor.start()
    visitor.join(CONNECT_SECONDS)
    if reasons:
        _unreachable.add(endpoint)
        raise OriginFailed(f"not reachable ({reasons[-1]})")


def forget_unreachable() -> None:
    """Ask every endpoint again."""
    _unreachable.clear()


def download(
    url: str, part: Path, size: int, advance: Callable[[int], None], headers: Mapping[str, str] | None = None
) -> None:
    """Bring `part` from the bytes it has to all `size` bytes of `url`.

    A broken connection or a busy server is tried again, from where it broke off, as long as bytes come in.

    Raises:
        OriginFailed: the server refuses, serves a file of another size, or goes silent.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    failed = 0
    with client() as http:
        while (have := part.stat().st_size if part.exists() else 0) != size:
            if have > size:
                advance(-have)
                part.unlink()
                continue
            if failed:
                time.sleep(_PAUSE_SECONDS * 2 ** (failed - 1))
            try:
                _receive(http, url, part, have, size, advance, headers or {})
            except (httpx.TransportError, _Busy) as error:
                came = part.exists() and part.stat().st_size > have
                failed = 1 if came else failed + 1
                if failed >= _TRIES:
                    raise OriginFailed(_reason(error)) from error


class _Busy(Exception):
    """The server asks to come again later."""


def _receive(
    http: httpx.Client,
    url: str,
    part: Path,
    have: int,
    size: int,
    advance: Callable[[int], None],
    headers: Mapping[str, str],
) -> None:
    wish = {"Range": f"bytes={have}-"} if have else {}
    with http.stream("GET", url, headers={**headers, **wish}) as response:
        if response.status_code in _BUSY:
            raise _Busy(f"answered {response.status_code} {response.reason_phrase}")
        if response.status_code not in (200, 206):
            raise OriginFailed(f"answered {response.status_code} {response.reason_phrase} for {url}")
        if (offered := _offered_size(response)) not in (None, size):
            raise OriginFailed(f"serves a file of {offered:,} bytes where {size:,} are promised ({url})")
        if response.status_code == 200 and have:  # the server knows no ranges: from the start
            advance(-have)
            os.truncate(part, 0)
        with part.open("ab") as target:
            room = size - target.tell()
            for block in response.iter_raw():
                if len(block) > room:
                    raise OriginFailed(f"sends more than the promised {size:,} bytes ({url})")
                target.write(block)
                room -= len(block)
                advance(len(block))
    if room:
        raise httpx.RemoteProtocolError(f"the connection ended {room:,} bytes before the file did")


def _offered_size(response: httpx.Response) -> int | None:
    """The size of the whole file as the server states it, if it does."""
    if response.status_code == 206:
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        return int(total) if total.isdigit() else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
