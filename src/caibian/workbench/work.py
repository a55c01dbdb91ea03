"""What the ranking page asks for while it is open: the visitor's own items, passed on to the service with their token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from caibian.api.panel import Draft, Problem, Skip
from caibian.workbench.client import (
    Conflict,
    Forbidden,
    NotFound,
    PanelError,
    Refused,
    TooMany,
    Unauthorised,
)
from caibian.workbench.visit import Bench

_MOST_BODY_BYTES = 1 << 20  # far above the longest draft
_STATUS: dict[type[PanelError], int] = {
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 422,
    TooMany: 429,
}
_KINDS: dict[str, type[BaseModel]] = {"draft": Draft, "ranking": Draft, "skip": Skip}


def routes(bench: Bench) -> APIRouter:
    """/work: only for scripts of these pages, who send JSON from this very site."""
    router = APIRouter(prefix="/work", include_in_schema=False)

    @router.get("/assignments/{id}")
    async def assignment(request: Request, id: str) -> Response:
        return await _answer(bench, request, lambda token: bench.client.assignment(token, id))

    @router.put("/assignments/{id}/{kind}")
    async def put(request: Request, id: str, kind: str) -> Response:
        wanted = _KINDS.get(kind)
        if wanted is None:
            return _problem(404, "not_found", kind)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _problem(415, "invalid", "Content-Type must be application/json")
        if int(request.headers.get("content-length") or 0) > _MOST_BODY_BYTES:
            return _problem(413, "too_large", "the draft is too large")
        try:
            body: Any = wanted.model_validate_json(await request.body())
        except ValidationError as error:
            return _problem(422, "invalid", str(error))
        send: dict[str, Callable[[str], Awaitable[BaseModel]]] = {
            "draft": lambda token: bench.client.save(token, id, body),
            "ranking": lambda token: bench.client.rank(token, id, body),
            "skip": lambda token: bench.client.skip(token, id, body),
        }
        return await _answer(bench, request, send[kind])

    return router


async def _answer(bench: Bench, request: Request, ask: Callable[[str], Awaitable[BaseModel]]) -> Response:
    visitor = bench.visit(request).visitor
    if visitor is None:
        return _problem(401, "unauthorised", "log in")
    try:
        found = await ask(visitor.token)
    except PanelError as error:
        if isinstance(error, Unauthorised):
            bench.sessions.close(request.session.get("number"))
        current = error.current if isinstance(error, Conflict) else None
        status = _STATUS.get(type(error), 503)
        body = Problem(code=error.code, message=str(error), current=current)
        return JSONResponse(body.model_dump(mode="json"), status, headers={"Cache-Control": "no-store"})
    return JSONResponse(found.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


def _problem(status: int, code: str, message: str) -> Response:
    return JSONResponse(Problem(code=code, message=message).model_dump(mode="json"), status)
