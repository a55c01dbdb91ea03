"""The panel's API as an ASGI application. It keeps no state of its own: any number of workers may serve one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from caibian.api.panel import PREFIX
from caibian.errors import MissingExtra
from caibian.service.guard import Guard
from caibian.service.problems import add_problem_handlers
from caibian.storage.database import Database, open_database

try:
    from fastapi import FastAPI

    from caibian.service.panel import routes
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error


def create_panel_app(database: str | Path | Database) -> FastAPI:
    """The application over a database, given open, or as a file or URL (then closed with the application).

    Raises:
        ConfigError, InputError, MissingExtra: see `caibian.storage.open_database`.
    """
    opened = database if isinstance(database, Database) else open_database(database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if opened is not database:
            opened.close()

    app = FastAPI(title="Caibian panel", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.database = opened
    for router in (routes.doors, routes.experts, routes.organisers):
        app.include_router(router, prefix=PREFIX)
    add_problem_handlers(app)
    app.add_middleware(Guard)
    return app
