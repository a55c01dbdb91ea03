"""Logging in: a plain form, so that Enter and password managers work, and no script sees the password."""

from __future__ import annotations

from urllib.parse import quote

from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from caibian.workbench.frame import frame
from caibian.workbench.kit import Tag
from caibian.workbench.places import first
from caibian.workbench.visit import Bench, Visit, inside


def register(bench: Bench) -> None:
    """/ and /login."""

    @ui.page("/")
    async def begin(request: Request) -> Response:
        visitor = bench.visit(request).visitor
        if visitor is None:
            return RedirectResponse("/login", 303)
        newsroom = visitor.me.role != "expert" and await bench.newsroom.present()
        return RedirectResponse(first(visitor.me.role, newsroom=newsroom), 303)

    @ui.page("/login")
    def login(request: Request) -> Response | None:
        visit = bench.visit(request)
        back = inside(request.query_params.get("back"))
        if visit.visitor is not None:
            return RedirectResponse(back, 303)
        _draw(visit, back)
        return None


def _draw(visit: Visit, back: str) -> None:
    words, session = visit.words, visit.request.session
    says, name = session.pop("says", ""), session.pop("name", "")
    with frame(visit, words("login.title"), narrow=True), Tag("div", "", "login"):
        with Tag("div", "", "login-head"):
            Tag("h1", words("frame.product_long"))
            Tag("p", words("login.lead"), "lead")
        with Tag("form", "", "panel", method="post", action=f"/login?back={quote(back)}"):
            _says(visit, says)
            with Tag("label", "", "field"):
                Tag("span", words("login.name"))
                Tag(
                    "input",
                    name="name",
                    value=name,
                    maxlength=64,
                    required=True,
                    autocomplete="username",
                    autocapitalize="none",
                    spellcheck="false",
                    autofocus=not name,
                )
            with Tag("label", "", "field"):
                Tag("span", words("login.password"))
                Tag(
                    "input",
                    type="password",
                    id="password",
                    name="password",
                    maxlength=200,
                    required=True,
                    autocomplete="current-password",
                    autofocus=bool(name),
                )
            with Tag("label", "", "choice"):
                Tag("input", type="checkbox", data_shows="password")
                Tag("span", words("login.show"))
            Tag("button", words("login.submit"), "button wide", type="submit")
        Tag("p", words("login.help"), "soft")


def _says(visit: Visit, says: str) -> None:
    """What the last try came to. `too_many` comes with its seconds: `too_many:90`."""
    key, _, seconds = says.partition(":")
    if not key:
        return
    values = {}
    if key == "too_many":
        n = int(seconds or 60)
        unit, count = ("seconds", n) if n < 60 else ("minutes", -(-n // 60))
        values["wait"] = visit.words(f"login.{unit}", n=count)
    kind = "good" if key == "out" else "warn" if key == "ended" else "bad"
    Tag("p", visit.words(f"login.{key}", **values), f"notice {kind}", role="alert")
