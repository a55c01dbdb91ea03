"""The parts of the workbench, and whose they are: the navigation, and where somebody begins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from caibian.api.wire import DESK, OPERATORS, ROLES, Role


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the workbench; its wording is `frame.{name}`."""

    name: str
    path: str
    roles: Collection[Role]
    newsroom: bool = True  # the expert panel's service alone does not have it


PLACES: tuple[Place, ...] = (
    Place("desk", "/desk", DESK),
    Place("articles", "/articles", DESK),
    Place("review", "/review", DESK),
    Place("models", "/models", tuple(role for role in ROLES if role != "expert")),
    Place("panels", "/panels", ("expert", "organiser"), newsroom=False),
    Place("operations", "/operations", OPERATORS),
)
_BESIDE = {"/batches": "/articles"}  # pages that stand under another place


def places(role: Role, *, newsroom: bool) -> list[Place]:
    """What this role may open, in the order of the navigation; of a panel alone, its pages."""
    own = [place for place in PLACES if role in place.roles and (newsroom or not place.newsroom)]
    return own or [place for place in PLACES if place.name == "panels"]


def first(role: Role, *, newsroom: bool) -> str:
    """Where somebody begins."""
    if role == "organiser":
        return "/panels"
    if role == "operator" and newsroom:
        return "/operations"
    return places(role, newsroom=newsroom)[0].path


def current(path: str) -> str:
    """The path of the place that a page belongs to."""
    start = "/" + path.partition("?")[0].strip("/").partition("/")[0]
    return _BESIDE.get(start, start)
