"""How a page is asked for: the login first, then its data, then the page, or a page that says what is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from urllib.parse import quote

from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caibian.api.wire import Role
from caibian.workbench.client import Forbidden, NotFound, PanelError, Unauthorised
from caibian.workbench.frame import frame
from caibian.workbench.kit import Tag, link
from caibian.workbench.visit import Bench, Visit

_PATIENCE = 75.0  # seconds to build a page: three tries at a service that is slow to answer
_STATUS = {"not_found": 404, "forbidden": 403, "unavailable": 503}

Draw = Callable[[], None]
Load = Callable[[Visit], Awaitable[Draw | Response]]


def page(bench: Bench, path: str, roles: Collection[Role] | None = None) -> Callable[[Load], Load]:
    """Register a page behind the login.

    The decorated function gets its data and returns the function that draws them, or a redirect: so that nothing is
    half drawn when the service refuses. With `roles`, nobody else gets that far.
    """

    def registered(load: Load) -> Load:
        @ui.page(path, response_timeout=_PATIENCE)
        async def build(request: Request) -> Response | None:
            visit = bench.visit(request)
            if visit.visitor is None:
                return to_login(visit)
            if visit.role != "expert":
                visit = replace(visit, has_newsroom=await bench.newsroom.present())
            try:
                if roles is not None and visit.role not in roles:
                    raise Forbidden("forbidden", visit.path)
                draw = await load(visit)
            except Unauthorised:
                bench.sessions.close(request.session.pop("number", None))
                return to_login(visit, "ended")
            except PanelError as error:
                _problem(visit, error)
                return None
            if isinstance(draw, Response):
                return draw
            draw()
            return None

        return load

    return registered


def to_login(visit: Visit, says: str = "") -> Response:
    """To the login, and back here afterwards."""
    if says:
        visit.request.session["says"] = says
    return RedirectResponse(f"/login?back={quote(visit.path, safe='/')}", 303)


def _problem(visit: Visit, error: PanelError) -> None:
    kind = {NotFound: "not_found", Forbidden: "forbidden"}.get(type(error), "unavailable")
    title = visit.words(f"problem.{kind}")
    with frame(visit, title, narrow=True):
        Tag("h1", title)
        Tag("p", visit.words(f"problem.{kind}_text"), "lead")
        with Tag("div", "", "buttons"):
            if kind == "unavailable":
                link(visit.words("problem.retry"), visit.path)
            link(visit.words("frame.back_to_start"), "/", "button quiet")
    ui.context.client.status_code = _STATUS[kind]
