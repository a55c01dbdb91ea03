"""What surrounds every answer: no scripts but ours, nothing from elsewhere, no requests from other sites.

NiceGUI writes its start as scripts and styles into the page. Each gets the page's own nonce, so neither
`unsafe-inline` nor `unsafe-eval` is given; the price is that pages may use no part of NiceGUI that compiles code in
the browser (`ui.run_javascript`, `js_handler`, props that begin with a colon, elements with a `template`).
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_INLINE = re.compile(rb"<(script|style)(?=[\s>])")
_HIDDEN = (b' style="display: none"', b" hidden")  # of NiceGUI's frame: style attributes need `unsafe-inline`
_PAGE = b"page"  # value of the header that NiceGUI sends with its pages

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def policy(nonce: str | None = None) -> str:
    """The Content-Security-Policy of a page with this nonce, or of anything that is no page."""
    if nonce is None:
        return "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; object-src 'none'"
    )


class Guard:
    """ASGI middleware: the headers above, nonces, and a refusal of what other sites' pages send."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and foreign(scope):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in _SAFE_METHODS and foreign(scope):
            await PlainTextResponse("this request comes from another site", 403)(scope, receive, send)
            return
        await self.app(scope, receive, _Dressed(send))


class _Dressed:
    """`send` that adds the headers, and for NiceGUI's pages waits for the body to put nonces into it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._page: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            # Not by a second object: making one gives the message a new list, and what is added here is lost.
            if headers.get("x-nicegui-content", "").encode() == _PAGE:
                self._page = message
                return
            headers.setdefault("Content-Security-Policy", policy())
        elif message["type"] == "http.response.body" and self._page is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._send_page(self._page)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        nonce = secrets.token_urlsafe(16)
        body = _INLINE.sub(rb'<\1 nonce="' + nonce.encode() + b'"', bytes(self._body)).replace(*_HIDDEN)
        headers = MutableHeaders(scope=start)
        headers["Content-Security-Policy"] = policy(nonce)
        headers["Content-Length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def foreign(scope: Scope) -> bool:
    """Whether a page of another site sent this; programs that are no browsers send no Origin."""
    headers = Headers(scope=scope)
    if (
        site := headers.get("sec-fetch-site")
    ) is not None:  # said by the browser itself; no page can forge it
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    # `null`, of a sandboxed frame or a file, has no host and must not match a header that is not there.
    host = urlsplit(origin).netloc
    return not host or host not in (headers.get("host"), headers.get("x-forwarded-host"))
