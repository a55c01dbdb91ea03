"""Fetching pages, with limits on time, size and redirects, from public addresses alone unless the house says otherwise."""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from caibian.api.articles import Dropped
from caibian.service.newsroom.imports.addresses import Resolver, allowed, resolve
from caibian.service.newsroom.imports.dropping import Refused, dropped
from caibian.service.newsroom.imports.reading import Incoming
from caibian.service.settings import Imports

MOST_PAGE_BYTES = 8 << 20
_MOST_REDIRECTS = 5
_AT_ONCE = 4  # pages, and no more than that from one request
_ALL_SECONDS = 120.0  # of a whole list
_SUFFIXES = {
    "text/html": ".html", "application/xhtml+xml": ".html", "text/plain": ".txt", "application/pdf": ".pdf",
    "application/json": ".json", "application/ld+json": ".json", "text/xml": ".xml", "application/xml": ".xml",
    "text/csv": ".csv",
}  # fmt: skip
_HEADERS = {
    "User-Agent": "Caibian (article import)",
    "Accept": "text/html, application/xhtml+xml, application/pdf;q=0.8, text/plain;q=0.8, */*;q=0.1",
    "Accept-Encoding": "gzip",
}


def fetch_all(
    urls: list[str], folder: Path, settings: Imports, resolver: Resolver = resolve
) -> tuple[list[Incoming], list[Dropped]]:
    """Fetch pages into files; each address once.

    Gives the files, and the addresses that gave none with the reason.
    """
    until = time.monotonic() + _ALL_SECONDS
    files: list[Incoming] = []
    left_out: list[Dropped] = []

    def one(number: int, url: str) -> Incoming | Dropped:
        limit = min(until, time.monotonic() + settings.seconds)
        try:
            return fetch(
                url, folder / f"{number:04}", limit, private=settings.private_addresses, resolver=resolver
            )
        except Refused as refusal:
            return dropped(url, refusal.reason, str(refusal))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for found in pool.map(one, range(len(urls)), dict.fromkeys(urls)):
            if isinstance(found, Incoming):
                files.append(found)
            else:
                left_out.append(found)
    return files, left_out


def fetch(url: str, target: Path, until: float, *, private: bool, resolver: Resolver = resolve) -> Incoming:
    """Fetch one page.

    Args:
        until: when to give up, on the monotonic clock.

    Raises:
        Refused: it is not public, cannot be reached, is too large or too slow, or answers with an error.
    """
    here = url.strip()
    # No proxy of the environment: it would resolve names anew, past the check.
    with httpx.Client(headers=_HEADERS, trust_env=False, follow_redirects=False) as client:
        for _ in range(_MOST_REDIRECTS + 1):
            following = _get(client, here, target, until, private, resolver)
            if isinstance(following, Incoming):
                return following
            try:
                here = urljoin(here, following)
            except ValueError as error:
                raise Refused("unreachable", "redirects to what is no address of the web") from error
    raise Refused("unreachable", f"more than {_MOST_REDIRECTS} redirects")


def _get(
    client: httpx.Client, url: str, target: Path, until: float, private: bool, resolver: Resolver
) -> Incoming | str:
    """One request: the page, or where it is redirected to."""
    request = _request(client, url, until, private, resolver)
    try:
        with _HangUp(until, request), closing(client.send(request, stream=True)) as response:
            if response.is_redirect:
                return response.headers["location"]
            if response.status_code != httpx.codes.OK:
                raise Refused("unreachable", f"answers with status {response.status_code}")
            _write(response, target, until)
            kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise Refused("unreachable", f"cannot be fetched ({type(error).__name__})") from error
    suffix = _SUFFIXES.get(kind) or Path(request.url.path).suffix or ".html"
    return Incoming(str(target), url, url, suffix)


class _HangUp:
    """Ends a connection when its time is up. A timeout alone counts from the last byte, and a server that sends one
    now and then would be waited for without end."""

    def __init__(self, until: float, request: httpx.Request) -> None:
        self._connection: socket.socket | None = None
        self._timer = threading.Timer(_left(until), self._end)
        self._timer.daemon = True
        request.extensions["trace"] = self._follow

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _follow(self, event: str, known: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._connection = known["return_value"].get_extra_info("socket")

    def _end(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                # The socket's own way, not that of TLS, which another thread is just reading from.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


def _request(
    client: httpx.Client, url: str, until: float, private: bool, resolver: Resolver
) -> httpx.Request:
    """A request to the very address that was checked: a name that is resolved again may have moved."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused("not_public", f"no address of the web ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.host:
        raise Refused("not_public", "no address of the web: http and https alone are fetched")
    if parts.userinfo:
        raise Refused("not_public", "an address with a name and password in it")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = allowed(parts.host, port, private=private, resolver=resolver)
    return client.build_request(
        "GET",
        parts.copy_with(host=address, fragment=None),
        headers={"Host": parts.netloc.decode("ascii")},
        extensions={"sni_hostname": parts.raw_host.decode("ascii")},
        timeout=_left(until),
    )


def _write(response: httpx.Response, target: Path, until: float) -> None:
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MOST_PAGE_BYTES:
        raise Refused("too_large", f"at most {MOST_PAGE_BYTES >> 20} MB a page")
    unpacked = _unpacker(response.headers.get("content-encoding", "identity").strip().lower())
    size = 0
    with target.open("wb") as out:
        for block in response.iter_raw():
            _left(until)
            plain = unpacked(block)
            size += len(plain)
            if size > MOST_PAGE_BYTES:
                raise Refused("too_large", f"at most {MOST_PAGE_BYTES >> 20} MB a page")
            out.write(plain)
    _left(until)  # a page that was hung up on may look like a whole one


def _unpacker(encoding: str) -> Callable[[bytes], bytes]:
    """Unpacks block by block, and never more than a page may have: a bomb is not let go off."""
    if encoding in ("", "identity"):
        return lambda block: block
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Refused("unreadable", f"comes in the encoding {encoding}, which was not asked for")
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, by its head

    def unpack(block: bytes) -> bytes:
        try:
            return stream.decompress(block, MOST_PAGE_BYTES + 1)
        except zlib.error as error:
            raise Refused("unreadable", "its packing is broken") from error

    return unpack


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise Refused("unreachable", "took too long")
    return left
