"""Every refusal and failure as a `Problem` with its status."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from caibian.api.wire import Problem, Wire
from caibian.errors import MissingExtra
from caibian.service.recording import running
from caibian.service.shapes import shaped
from caibian.storage.refusals import (
    Closed,
    Forbidden,
    Invalid,
    NotFound,
    Outdated,
    Refusal,
    TooMany,
    WrongLogin,
)

try:
    from fastapi import FastAPI, Request, Response
    from fastapi.exceptions import RequestValidationError
    from sqlalchemy.exc import OperationalError, SQLAlchemyError
    from sqlalchemy.exc import TimeoutError as PoolTimeout
    from starlette.exceptions import HTTPException
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

logger = logging.getLogger(__name__)

_RETRY_DATABASE = 2  # seconds
_CODES = {
    400: "invalid",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    413: "too_large",
    415: "invalid",
    422: "invalid",
    429: "too_many",
    502: "engine_failed",
    503: "unavailable",
    504: "overdue",
}
_REFUSALS: tuple[tuple[type[Refusal], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (Forbidden, 403, "forbidden"),
    (WrongLogin, 401, "unauthorised"),
    (TooMany, 429, "too_many"),
    (Invalid, 422, "invalid"),
    (Closed, 409, "closed"),
    (Outdated, 409, "conflict"),
)


class Denied(Exception):
    """No token that is valid, one that does not allow this, or nothing left of what it allows.

    `code` is that of the `Problem`; `retry_after` seconds are worth waiting, where waiting helps.
    """

    def __init__(
        self, status: int, message: str, code: str | None = None, retry_after: int | None = None
    ) -> None:
        self.status, self.code, self.retry_after = status, code or _CODES[status], retry_after
        super().__init__(message)


def note_code(request: Request, code: str) -> None:
    """Have the log of requests say why this one was refused; for every handler that answers with an error."""
    running(request.scope).code = code


class Stale(Exception):
    """A refused write, with the item as it is now."""

    def __init__(self, refusal: Outdated, current: Wire) -> None:
        self.refusal, self.current = refusal, current
        super().__init__(str(refusal))


def add_problem_handlers(app: FastAPI) -> None:
    """Have the application answer in `Problem`s alone."""
    app.add_exception_handler(Denied, _denied)
    app.add_exception_handler(Stale, _stale)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SQLAlchemyError, _database)


def _answer(
    request: Request, status: int, problem: Problem, headers: dict[str, str] | None = None
) -> Response:
    note_code(request, problem.code)
    content = shaped(request.scope["path"], status, problem)
    return Response(content, status, headers, media_type="application/json")


def _denied(request: Request, error: Any) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return _answer(request, error.status, Problem(code=error.code, message=str(error)), headers)


def _stale(request: Request, error: Any) -> Response:
    code = "closed" if isinstance(error.refusal, Closed) else "conflict"
    return _answer(request, 409, Problem(code=code, message=str(error), current=error.current))


def _refusal(request: Request, error: Any) -> Response:
    status, code = next((status, code) for kind, status, code in _REFUSALS if isinstance(error, kind))
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else None
    return _answer(request, status, Problem(code=code, message=str(error)), headers)


def _validation(request: Request, error: Any) -> Response:
    """The first wrong field and what is wrong with it, never the value: it may be a password."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    if first["type"] == "json_invalid":
        field = "the body"
    message = first["msg"].removeprefix("Value error, ")
    return _answer(request, 422, Problem(code="invalid", message=f"{field or 'the body'}: {message}"))


def _http(request: Request, error: Any) -> Response:
    code = _CODES.get(error.status_code) or HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return _answer(request, error.status_code, Problem(code=code, message=str(error.detail)), error.headers)


def _database(request: Request, error: Any) -> Response:
    logger.error("the database failed: %s", error)
    if isinstance(error, (OperationalError, PoolTimeout)):
        problem = Problem(
            code="unavailable", message="the database cannot be reached or is busy; nothing was changed"
        )
        return _answer(request, 503, problem, {"Retry-After": str(_RETRY_DATABASE)})
    return _answer(
        request, 500, Problem(code="internal", message="the database refused; see the service's log")
    )
