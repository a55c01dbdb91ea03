"""Whether the service lives, whether it can be asked, and its figures for Prometheus.

GET /health/live    200 while the process answers
GET /health/ready   200; 503 while the database or every engine for chat is away, or the service is stopping
GET /metrics        Prometheus' text; a key or session of OPERATORS, or the token in `CAIBIAN_METRICS_TOKEN`
"""

from __future__ import annotations

import os
import secrets
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from caibian.api.wire import OPERATORS, Problem
from caibian.errors import MissingExtra
from caibian.service import metrics
from caibian.service.admission import Admitted, Gatekeeper
from caibian.service.gateway.asking import Gateway
from caibian.storage.accounts import Account
from caibian.storage.database import Database

try:
    from fastapi import APIRouter, Depends, Request, Response
    from fastapi.responses import JSONResponse
    from starlette.concurrency import run_in_threadpool
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

TOKEN = "CAIBIAN_METRICS_TOKEN"

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Whether the process answers. It asks nobody else: a database that is away is no reason to kill it."""
    return {"status": "ok"}


@router.get(
    "/health/ready",
    response_model=dict[str, Any],
    responses={503: {"model": dict[str, Any], "description": "It cannot be asked now; `reasons` says why."}},
)
async def ready(request: Request) -> Response:
    """Whether requests can be answered."""
    database: Database = request.app.state.database
    gateway: Gateway = request.app.state.gateway
    reasons: list[str] = []
    if request.app.state.drain.stopping:
        reasons.append("the service is stopping")
    try:
        await run_in_threadpool(_ask, database)
    except SQLAlchemyError:
        reasons.append("the database does not answer")
    chat = [engine for engine in await gateway.engines() if not engine.embeds]
    if not any(engine.state in ("ready", "unknown") for engine in chat):
        # Why, with its addresses and paths, says GET /v1/engines to those who may know; here anybody asks.
        reasons += [f"engine {engine.name}: {engine.state}" for engine in chat]
    found = {"status": "unavailable" if reasons else "ok", "reasons": reasons}
    return JSONResponse(found, 503 if reasons else 200)


_PROMETHEUS = Admitted(Account(0, "prometheus", "Prometheus", "operator", "en"), "")


class Scraper(Gatekeeper):
    """The lock of the figures: the token that the environment names opens it, too."""

    async def check(self, request: Request) -> Admitted:
        """Whoever asks, if they may; Prometheus has no account and is nobody of the house."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if (known := os.environ.get(TOKEN)) and secrets.compare_digest(given.encode(), known.encode()):
            return _PROMETHEUS
        return await super().check(request)


@router.get(
    "/metrics",
    dependencies=[Depends(Scraper(None, frozenset(OPERATORS)).check)],
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        401: {"model": Problem},
        403: {"model": Problem},
    },
)
async def figures(request: Request) -> Response:
    """Figures for Prometheus."""
    gateway: Gateway = request.app.state.gateway
    content = await run_in_threadpool(metrics.exposition, await gateway.engines())
    return Response(content, media_type=metrics.CONTENT_TYPE)


def _ask(database: Database) -> None:
    with database.reading() as session:
        session.execute(text("SELECT 1"))
