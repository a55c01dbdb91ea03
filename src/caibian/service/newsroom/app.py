"""The house's API as an ASGI application. It keeps no state of its own: any number of workers may serve one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from caibian.api.articles import MOST_FILE_BYTES, MOST_FILES
from caibian.api.panel import PREFIX as PANEL
from caibian.api.wire import PREFIX
from caibian.errors import MissingExtra
from caibian.service.admission import add_admission
from caibian.service.gateway.asking import Gateway
from caibian.service.guard import Body, Guard
from caibian.service.http import json_error
from caibian.service.problems import add_problem_handlers, note_code
from caibian.service.settings import HouseSettings
from caibian.service.tracing import Drain, Tracing
from caibian.service.wire import BadRequest
from caibian.storage.database import Database

try:
    from fastapi import FastAPI, Request, Response
    from starlette.concurrency import run_in_threadpool

    from caibian.service.newsroom.book import TaskBook
    from caibian.service.newsroom.openapi import whole_document
    from caibian.service.newsroom.routes import ROUTERS, health
    from caibian.service.panel import routes as panel
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

_MB = 1 << 20
BODIES = {
    **{
        f"{PREFIX}/{route}": Body(8 * _MB)  # several times the longest conversation any model here can read
        for route in ("chat/completions", "completions", "embeddings")
    },
    # Three texts of a draft's full length, in which a client may have escaped every character.
    f"{PREFIX}/drafts": Body(6 * _MB),
    f"{PREFIX}/feedback": Body(6 * _MB),
    f"{PREFIX}/articles/files": Body(MOST_FILES * MOST_FILE_BYTES, kept=False),
    f"{PREFIX}/labels/verify": Body(MOST_FILE_BYTES + _MB, kept=False),
}
"""What routes may be sent that take more than a form."""


def create_newsroom_app(settings: HouseSettings, database: Database, gateway: Gateway) -> FastAPI:
    """The application over an open database and a gateway; who made them closes them.

    Raises:
        ConfigError: a task card or a topic of the settings is wrong.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(app.state.admission.close)

    app = FastAPI(
        title="Caibian",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        lifespan=lifespan,
    )
    app.state.database, app.state.settings, app.state.gateway = database, settings, gateway
    app.state.book = TaskBook.of(settings)
    app.state.drain = Drain()
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(panel.doors, prefix=PREFIX)
    for router in (panel.doors, panel.experts, panel.organisers):
        app.include_router(router, prefix=PANEL)
    app.include_router(health.router)
    add_problem_handlers(app)
    app.add_exception_handler(BadRequest, _bad_request)
    whole_document(app)
    # The last one added stands around all others.
    add_admission(app, settings, database)
    app.add_middleware(Guard, bodies=BODIES)
    app.add_middleware(Tracing, drain=app.state.drain, salt=settings.database)
    return app


def _bad_request(request: Request, error: Any) -> Response:
    note_code(request, error.code or "invalid")
    return json_error(request, error)
