"""All that an application answers, with the locks that stand before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from caibian.service.admission import Gatekeeper
from caibian.service.callers import caller


@dataclass(frozen=True)
class Door:
    """One method of one path."""

    method: str
    path: str
    calls: tuple[Callable[..., Any], ...]  # every dependency, however deep

    @property
    def gate(self) -> Gatekeeper | None:
        """The lock that `admitted` made."""
        found = [getattr(call, "__self__", None) for call in self.calls]
        gates = [one for one in found if isinstance(one, Gatekeeper)]
        assert len(gates) < 2, f"{self.method} {self.path} has two locks"
        return gates[0] if gates else None

    @property
    def personal(self) -> bool:
        """Whether it is for whoever is logged in, and no key."""
        return caller in self.calls

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors(app: FastAPI) -> list[Door]:
    """Every door, found by walking all routes and routers."""
    return sorted(_walk(app.routes, "", ()), key=str)


def _walk(routes: Any, prefix: str, before: tuple[Callable[..., Any], ...]) -> Iterator[Door]:
    for route in routes:
        context = getattr(route, "include_context", None)
        if context is not None:
            further = tuple(one.dependency for one in context.dependencies)
            yield from _walk(route.original_router.routes, prefix + context.prefix, before + further)
        elif isinstance(route, APIRoute):
            for method in route.methods:
                yield Door(method, prefix + route.path, before + tuple(_calls(route.dependant)))
        else:
            for method in route.methods - {"HEAD"}:
                yield Door(method, prefix + route.path, before)


def _calls(dependant: Any) -> Iterator[Callable[..., Any]]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)
