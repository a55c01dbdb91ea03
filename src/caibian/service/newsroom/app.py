"""The house's API as an ASGI application. It keeps no state of its own: any number of workers may serve one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from caibian.api.panel import PREFIX as PANEL
from caibian.api.wire import PREFIX
from caibian.errors import MissingExtra
from caibian.service.admission import add_admission
from caibian.service.gateway.asking import Gateway
from caibian.service.guard import Guard
from caibian.service.problems import add_problem_handlers
from caibian.service.settings import HouseSettings
from caibian.storage.database import Database

try:
    from fastapi import FastAPI
    from starlette.concurrency import run_in_threadpool

    from caibian.service.newsroom.book import TaskBook
    from caibian.service.newsroom.routes import ROUTERS
    from caibian.service.panel import routes as panel
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error


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
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(panel.doors, prefix=PREFIX)
    for router in (panel.doors, panel.experts, panel.organisers):
        app.include_router(router, prefix=PANEL)
    add_problem_handlers(app)
    add_admission(app, settings, database)
    app.add_middleware(Guard)
    return app
