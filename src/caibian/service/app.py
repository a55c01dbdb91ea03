"""The service: OpenAI's interface and a chat page in front of a supervised engine.

The service checks requests, lets a bounded number wait, and passes answers on as they come. When the engine
dies, the requests in its hands get an error that says so, and the next ones wait for the new engine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

from caibian.errors import CaibianError, MissingExtra
from caibian.service.engine_errors import Busy, EngineDown
from caibian.service.gate import Gate
from caibian.service.http import (
    EventsResponse,
    bearer,
    disconnected,
    error_event,
    json_error,
    read_body,
    until_disconnect,
)
from caibian.service.line import OK, Address, Call, Line, new_client
from caibian.service.supervisor import Supervisor
from caibian.service.wire import (
    BadRequest,
    ChatRequest,
    CompletionRequest,
    LogprobsRequest,
    error_body,
    parse,
)
from caibian.sockets import LOOPBACK

try:
    from fastapi import Depends, FastAPI, Request, Response
    from fastapi.responses import HTMLResponse, JSONResponse
    from starlette.exceptions import HTTPException
    from starlette.middleware.trustedhost import TrustedHostMiddleware
except ImportError as error:
    raise MissingExtra("fastapi", "serve") from error

logger = logging.getLogger(__name__)

# The page is one file: nothing may be loaded from anywhere, and only this service may be asked.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class SupervisedSeat:
    """The seat of an engine whose supervisor is in this process."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def address(self, patience: float) -> Address:
        """See `Seat`."""
        await self._supervisor.ready(patience)
        return Address(self._supervisor.url, {"Authorization": f"Bearer {self._supervisor.token}"})

    async def lost(self, address: Address, moment: str) -> EngineDown:
        """See `Seat`."""
        await self._supervisor.lost()
        return EngineDown(f"the engine stopped {moment} it answered; it is being started again")


class Proxy:
    """Passes checked requests to the engine."""

    def __init__(self, supervisor: Supervisor, gate: Gate) -> None:
        self.supervisor, self.gate = supervisor, gate

    async def open(self) -> None:
        """Make the client; to be called in the loop that serves."""
        self._client = new_client()
        self._line = Line(SupervisedSeat(self.supervisor), self.gate, self._client)

    async def whole(self, route: str, body: bytes) -> Response:
        """An answer in one piece."""
        call = await self._post(route, body)
        try:
            return Response(await call.read(), call.status, media_type="application/json")
        finally:
            call.close()

    async def stream(self, route: str, body: bytes) -> Response:
        """An answer as events, from the moment the engine's status is known."""
        call = await self._post(route, body)
        if call.status != OK:
            try:
                return Response(await call.read(), call.status, media_type="application/json")
            finally:
                call.close()
        return EventsResponse(CallEvents(call))

    async def close(self) -> None:
        """Close all connections to the engine."""
        await self._client.close()

    async def _post(self, route: str, body: bytes) -> Call:
        # The supervisor replaces an engine that does not move; a request waits as long as it takes.
        return await self._line.post(route, body, patience=self.supervisor.start_seconds)


class CallEvents:
    """The engine's events, and an error event if it dies."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Yield them."""
        try:
            async for chunk in self._call.chunks():
                yield chunk
        except EngineDown as error:
            logger.warning("the engine stopped in the middle of an answer")
            yield error_event(error)

    def close(self) -> None:
        """Stop the engine, unless it has ended."""
        self._call.close()


def create_app(
    supervisor: Supervisor,
    *,
    parallel: int = 1,
    max_queue: int = 32,
    api_key: str | None = None,
    host: str = "127.0.0.1",
) -> FastAPI:
    """The service's ASGI application. The engine is started with it and stopped with it.

    Args:
        supervisor: of the engine; already started or not.
        parallel, max_queue: requests answered at once, and those that may wait; more get 429.
        api_key: what clients must present as bearer token, if anything.
        host: the address it is bound to; on loopback, only loopback names are answered, so that no web page can
            reach it under a name of its own.
    """
    proxy = Proxy(supervisor, Gate(parallel, parallel + max_queue))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if supervisor.state == "stopped":
            await supervisor.start()
        await proxy.open()
        yield
        await proxy.close()
        await supervisor.stop()

    app = FastAPI(title="Caibian", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    for kind in (BadRequest, CaibianError):
        app.add_exception_handler(kind, json_error)
    app.add_exception_handler(EngineDown, _down)
    app.add_exception_handler(Busy, _busy)
    app.add_exception_handler(HTTPException, _http_error)
    if host in LOOPBACK:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]", "testserver"])
    _add_open_routes(app, proxy)
    _add_api(app, proxy, api_key)
    return app


def _add_open_routes(app: FastAPI, proxy: Proxy) -> None:
    """The page and the health check, open to all: they reveal nothing."""
    supervisor = proxy.supervisor

    @app.get("/", response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        text = resources.files("caibian.service").joinpath("page.html").read_text(encoding="utf-8")
        return HTMLResponse(text, headers={"Content-Security-Policy": _PAGE_POLICY})

    @app.get("/health")
    async def health() -> Response:
        known = {"status": supervisor.state, "model": supervisor.model, "engine_starts": supervisor.starts}
        known |= {"running": proxy.gate.running, "waiting": proxy.gate.waiting}
        if supervisor.state != "ready":
            known["reason"] = supervisor.reason
        return JSONResponse(known, 200 if supervisor.state == "ready" else 503)


def _add_api(app: FastAPI, proxy: Proxy, api_key: str | None) -> None:
    """OpenAI's routes, and ours beside them, behind the key if there is one."""
    supervisor, created = proxy.supervisor, int(time.time())
    locks = [Depends(bearer(api_key))] if api_key is not None else []

    def check_model(name: str) -> None:
        if name != supervisor.model:
            message = f"the model {name!r} does not exist here; this server has {supervisor.model!r}"
            raise BadRequest(message, "model", status=404, code="model_not_found")

    @app.get("/v1/models", dependencies=locks)
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(supervisor.model, created)]}

    @app.get("/v1/models/{name:path}", dependencies=locks)
    async def model(name: str) -> dict[str, Any]:
        check_model(name)
        return _model(name, created)

    async def answered(request: Request, route: str, kind: type[ChatRequest | CompletionRequest]) -> Response:
        body = await read_body(request)
        asked = parse(body, kind)
        check_model(asked.model)
        work = (proxy.stream if asked.stream else proxy.whole)(route, body)
        return await until_disconnect(request, work) or disconnected()

    @app.post("/v1/chat/completions", dependencies=locks)
    async def chat(request: Request) -> Response:
        return await answered(request, "/v1/chat/completions", ChatRequest)

    @app.post("/v1/completions", dependencies=locks)
    async def completions(request: Request) -> Response:
        return await answered(request, "/v1/completions", CompletionRequest)

    @app.post("/v1/caibian/logprobs", dependencies=locks)
    async def logprobs(request: Request) -> Response:
        body = await read_body(request)
        check_model(parse(body, LogprobsRequest).model)
        return await until_disconnect(request, proxy.whole("/v1/caibian/logprobs", body)) or disconnected()


def _model(name: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "caibian"}


def _down(_: Request, error: Any) -> Response:
    body = error_body(str(error), "server_error", "engine_stopped")
    return JSONResponse(body, 503, headers={"Retry-After": str(max(1, round(error.retry_after)))})


def _busy(_: Request, error: Any) -> Response:
    body = error_body(str(error), "rate_limit_error", "engine_busy")
    return JSONResponse(body, 429, headers={"Retry-After": str(max(1, round(error.retry_after)))})


def _http_error(_: Request, error: Any) -> Response:
    return JSONResponse(error_body(str(error.detail), "invalid_request_error"), error.status_code)
