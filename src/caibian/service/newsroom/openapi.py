"""The OpenAPI document made whole: what every route may answer besides its own answer, and what it wants as a key.

Routes describe what is theirs alone. What follows from how the service is built is added here, so that no route can
forget it: a lock gives 401 and 403, a budget 429, a body 413 and 422, a path with an id 404, a database 503.
"""

from __future__ import annotations

from typing import Any

from caibian.api.wire import Problem
from caibian.errors import MissingExtra
from caibian.service.admission import Gatekeeper
from caibian.service.callers import token
from caibian.service.shapes import is_openai

try:
    from fastapi import FastAPI
    from fastapi.openapi.utils import get_openapi

    from caibian.service.routes_of import RouteFacts, routes_of
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

_WHAT = {
    400: "The body cannot be read: it is no text, or no form.",
    401: "No session or key, or one that is void; at a login: a wrong name or password.",
    403: "Not for this role or key, or the feature is switched off.",
    404: "There is no such thing.",
    409: "It has changed meanwhile, or is closed; `current` is how it stands now.",
    413: "The body is too large.",
    422: "A field is wrong; the message names it.",
    429: "Too many, or a budget is used up; Retry-After says when to come back.",
    503: "The database is away or the service is stopping; Retry-After says when to come back.",
}
_LIVE = "/health/live"
_BEARER = "bearer"
_VALIDATION = ("HTTPValidationError", "ValidationError")


def whole_document(app: FastAPI) -> None:
    """Have an application describe itself completely."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _made(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _made(app: FastAPI) -> dict[str, Any]:
    made: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, description=__doc__.split("\n")[0], routes=app.routes
    )
    parts = made.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    for name in _VALIDATION:
        parts["schemas"].pop(name, None)
    parts["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer"}}
    for route in routes_of(app):
        for method in route.methods:
            _complete(made["paths"][route.path][method.lower()], route, method)
    return made


def _complete(operation: dict[str, Any], route: RouteFacts, method: str) -> None:
    calls = route.calls()
    gates = [found for call in calls if isinstance(found := getattr(call, "__self__", None), Gatekeeper)]
    locked = bool(gates) or token in calls
    if locked:
        operation["security"] = [{_BEARER: []}]
    answers = operation["responses"]
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
    if is_openai(route.path):
        return
    for status in _statuses(operation, route, method, locked, any(gate.feature for gate in gates)):
        answers.setdefault(
            str(status),
            {
                "description": _WHAT[status],
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )


def _statuses(
    operation: dict[str, Any], route: RouteFacts, method: str, locked: bool, limited: bool
) -> list[int]:
    if route.path == _LIVE:
        return []
    found = [503]
    if locked or route.path.endswith("/login"):
        found += [401, 403] if locked else [401]
    if limited or route.path.endswith("/login"):
        found.append(429)
    body = operation.get("requestBody")
    if body is not None:
        found += [400, 413, 422]
    if operation.get("parameters"):
        found.append(422)
    if "{" in route.path:
        found.append(404)
    if method == "PUT" or (method == "POST" and "{" in route.path):
        found.append(409)
    return found
