"""All routes of an application with their whole paths, wherever FastAPI keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from caibian.errors import MissingExtra

try:
    from fastapi import FastAPI, routing
    from fastapi.dependencies.models import Dependant
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """What is known of one route."""

    path: str  # /v1/tasks/{id}
    methods: frozenset[str]
    endpoint: Any
    dependant: Dependant

    def calls(self) -> list[Any]:
        """All functions that it depends on, its own among them."""
        return _calls(self.dependant)


def routes_of(app: FastAPI) -> Iterator[RouteFacts]:
    """Every route that the application's document describes."""
    # Newer versions keep included routers whole and give their routes with the prefix in a context of its own.
    contexts: Iterator[Any] = getattr(routing, "iter_route_contexts", iter)(app.routes)
    for one in contexts:
        if isinstance(getattr(one, "original_route", one), routing.APIRoute) and one.include_in_schema:
            yield RouteFacts(one.path_format, frozenset(one.methods), one.endpoint, one.dependant)


def _calls(dependant: Dependant) -> list[Any]:
    found: list[Any] = [dependant.call]
    for below in dependant.dependencies:
        found += _calls(below)
    return found
