"""The workbench as an ASGI application. NiceGUI keeps its pages in one place a process: make one of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from caibian.errors import MissingExtra

try:
    from fastapi import FastAPI
    from fastapi.middleware.gzip import GZipMiddleware
    from nicegui import core, ui
    from nicegui.storage import Storage
    from starlette.middleware.sessions import SessionMiddleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import JSONResponse, Response
except ImportError as error:
    raise MissingExtra(error.name or "nicegui", "serve") from error

from caibian.sockets import LOOPBACK
from caibian.workbench import assets, forms, pages, work
from caibian.workbench.client import PanelClient
from caibian.workbench.newsroom import NewsroomClient
from caibian.workbench.relay import Relay
from caibian.workbench.security import Guard
from caibian.workbench.sessions import LIFETIME, Sessions
from caibian.workbench.visit import Bench

_RECONNECT = 60.0  # seconds for which the server keeps a page whose connection is lost; then the page reloads


def create_app(
    api_url: str, *, storage_secret: str, folder: Path, https: bool = False, host: str = "127.0.0.1"
) -> FastAPI:
    """The application.

    Args:
        api_url: where `caibian serve` or `caibian panel serve` answers.
        storage_secret: signs the cookies; another one logs everybody out.
        folder: where sessions are kept, readable by this user alone.
        https: the pages are reached by https, perhaps through a proxy: cookies go no other way then.
        host: on loopback without https, that is without a proxy in front, only loopback names are answered.
    """
    bench = Bench(PanelClient(api_url), NewsroomClient(api_url), Sessions(folder / "sessions"))
    relay = Relay(bench, api_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        for connections in (relay, bench.newsroom, bench.client):
            await connections.close()

    app = FastAPI(
        title="Caibian workbench", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.include_router(forms.routes(bench))
    app.include_router(work.routes(bench))
    app.router.routes.append(relay.route)
    app.add_route("/assets/{fingerprint}/{name}", assets.serve)

    @app.get("/health")
    async def health() -> Response:
        known = await bench.client.healthy()
        return JSONResponse({"status": "ready" if known else "service_away"}, 200 if known else 503)

    Storage.path = (
        folder / "nicegui"
    )  # nothing is kept there, but by default it would be the working directory
    pages.register(bench)
    app.add_middleware(Guard)
    app.add_middleware(
        SessionMiddleware,
        secret_key=storage_secret,
        session_cookie="caibian_workbench",
        max_age=LIFETIME,
        same_site="lax",  # a link in a mail to a panel keeps its reader logged in
        https_only=https,
    )
    ui.run_with(
        app,
        title="采编",
        favicon=assets.FAVICON,
        dark=None,
        reconnect_timeout=_RECONNECT,
        tailwind=False,
        gzip_middleware_factory=None,  # ours is outside of the nonces
        show_welcome_message=False,
    )
    core.sio.eio.cors_allowed_origins = []  # no other site may read; `Guard` turns their connections away
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    if host in LOOPBACK and not https:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]"])
    return app
