"""`/service/…`: what scripts of these pages ask of the newsroom, passed on with the visitor's token.

The token stays on this side. Only the paths below go through, in both directions piece by piece: an upload is never
held here, a stream of answers is passed on as it comes, and a reader who leaves ends the request to the service, which
stops the model. What comes back is data or a download, never a page of this origin: reports are shown in a sandbox.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator
from urllib.parse import unquote

import anyio
import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from caibian.api.wire import PREFIX, Problem
from caibian.workbench.asking import bearer
from caibian.workbench.security import foreign
from caibian.workbench.visit import Bench

logger = logging.getLogger(__name__)

METHODS = ("GET", "POST", "PUT", "DELETE")
_PATHS = re.compile(
    r"/(?:tasks|check|engines|articles|batches|drafts|feedback|operations|features|budgets|accounts|keys|reports)(?:/.*)?"
    r"|/labels/verify|/chat/completions"
)
_BODIES = ("application/json", "multipart/form-data")
_MOST_JSON_BYTES = 8 << 20  # above the longest draft with its source, every character escaped
# A model may think for as long as the service lets it; the service keeps a stream open with comments.
_TIMEOUT = httpx.Timeout(connect=3.0, write=120.0, read=900.0, pool=5.0)
_LIMITS = httpx.Limits(max_connections=2000, max_keepalive_connections=50)  # many streams stand idle
_AWAY_SECONDS = 2
_PASSED = ("content-type", "content-length", "content-disposition", "retry-after", "x-request-id")
_STREAM = "text/event-stream"
_SANDBOX = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class Relay:
    """The connections to the service, and the route that uses them."""

    def __init__(self, bench: Bench, api_url: str) -> None:
        self._bench = bench
        self._base = api_url.rstrip("/") + PREFIX
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)
        self.route = Route("/service/{path:path}", self._answer, methods=METHODS)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _answer(self, request: Request) -> ASGIApp:
        raw = request.scope.get("raw_path") or request.url.path.encode()
        path = raw.decode("ascii", "replace").partition("?")[0].removeprefix("/service")
        refusal = _refusal(request, path)
        visitor = self._bench.visit(request).visitor
        if refusal is not None or visitor is None:
            return refusal or _problem(401, "unauthorised", "log in")
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {"Accept-Encoding": "identity", **bearer(visitor.token)}
        if request.client:
            headers["X-Forwarded-For"] = request.client.host
        for name in ("accept", "content-type", "content-length"):
            if value := request.headers.get(name):
                headers[name] = value
        return _Exchange(self, request, self._base + path + query, headers, path)


class _Exchange:
    """One request and its answer."""

    def __init__(self, relay: Relay, request: Request, url: str, headers: dict[str, str], path: str) -> None:
        self._relay, self._request, self._path = relay, request, path
        self._url, self._headers = url, headers
        self._sent = anyio.Event()  # the whole body has come in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with anyio.create_task_group() as group:

            async def watch() -> None:
                await self._sent.wait()
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(watch)
            await self._pass(scope, receive, send)
            group.cancel_scope.cancel()

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, body = self._request.method, None
        if method in ("POST", "PUT"):
            body = self._body()
        else:
            self._sent.set()
        asked = self._relay._http.build_request(method, self._url, headers=self._headers, content=body)
        try:
            answer = await self._relay._http.send(asked, stream=True)
        except httpx.HTTPError as error:
            logger.warning("the service did not answer %s %s: %r", method, self._path, error)
            away = _problem(503, "unavailable", "the service does not answer", _AWAY_SECONDS)
            return await away(scope, receive, send)
        try:
            if answer.status_code == 401:
                self._relay._bench.sessions.close(self._request.session.get("number"))
            headers = _headers(answer, self._path)
            await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            await self._pieces(answer, send)
        finally:
            with anyio.CancelScope(shield=True):
                await answer.aclose()

    async def _pieces(self, answer: httpx.Response, send: Send) -> None:
        try:
            async for piece in answer.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except httpx.HTTPError as error:
            logger.warning("the answer to %s broke off: %r", self._path, error)
            if _STREAM not in answer.headers.get("content-type", ""):
                return  # the server then ends the connection, and the browser knows that something is missing
            problem = Problem(code="unavailable", message="the service broke off").model_dump_json()
            event = f"event: error\ndata: {problem}\n\n".encode()
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _body(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._request.stream():
                yield piece
        finally:
            self._sent.set()


def _refusal(request: Request, path: str) -> JSONResponse | None:
    """What does not go through, and why; None where it does."""
    if foreign(request.scope):  # also of what only reads: an export leaves a line in the ledger
        return _problem(403, "forbidden", "this request comes from another site")
    parts = re.split(r"[/\\]", unquote(path))  # as whoever decodes it first would see it
    if not _PATHS.fullmatch(path) or any(part in (".", "..") for part in parts):
        return _problem(404, "not_found", path)
    if request.method not in ("POST", "PUT"):
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    empty = request.headers.get("content-length") == "0"
    if kind not in _BODIES and not (empty and not kind):
        return _problem(415, "invalid", f"Content-Type must be {' or '.join(_BODIES)}")
    length = request.headers.get("content-length", "")
    if kind == "application/json" and (not length.isdigit() or int(length) > _MOST_JSON_BYTES):
        return _problem(413, "too_large", f"more than {_MOST_JSON_BYTES >> 20} MiB")
    return None


def _headers(answer: httpx.Response, path: str) -> list[tuple[bytes, bytes]]:
    passed = {name: answer.headers[name] for name in _PASSED if name in answer.headers}
    passed["cache-control"] = "no-store"
    kind = passed.get("content-type", "").partition(";")[0].strip().lower()
    if path.startswith("/reports/") and kind == "text/html":
        passed |= {"content-security-policy": _SANDBOX, "x-frame-options": "SAMEORIGIN"}
    elif answer.is_success and kind not in ("application/json", _STREAM, ""):
        # Whatever the service sends, this origin shows no page that did not come from these pages' own code.
        passed.setdefault("content-disposition", "attachment")
        if kind in ("text/html", "application/xhtml+xml", "image/svg+xml"):
            passed["content-disposition"] = re.sub(r"^\s*inline", "attachment", passed["content-disposition"])
    if kind == _STREAM:
        passed["x-accel-buffering"] = "no"  # a proxy between must not collect it
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in passed.items()]


def _problem(status: int, code: str, message: str, retry_after: int | None = None) -> JSONResponse:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(retry_after)} if retry_after else {})
    content = json.loads(Problem(code=code, message=message).model_dump_json())
    return JSONResponse(content, status, headers=headers)
