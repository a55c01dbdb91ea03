"""The frame of every page: head, header with who is here and the switches, and one main part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from html import escape

from nicegui import ui

from caibian.workbench.assets import address
from caibian.workbench.kit import Tag, icon, post
from caibian.workbench.places import current, places
from caibian.workbench.visit import Visit

_LIGHT_GROUND, _DARK_GROUND = "#f6f4ef", "#141619"


@contextmanager
def frame(visit: Visit, title: str, *, narrow: bool = False) -> Iterator[None]:
    """Lay out a page; what is built inside stands in its main part."""
    _head(visit, title)
    Tag("a", visit.words("frame.skip"), "skip-link", href="#main")
    _header(visit)
    with Tag("main", "", "main narrow" if narrow else "main", id="main", tabindex=-1):
        yield


def _head(visit: Visit, title: str) -> None:
    client = ui.context.client
    client.page = copy(client.page)  # the registered page is everybody's; this one is this reader's
    client.page.language = visit.words.tag
    client.page.dark = {"dark": True, "light": False}.get(visit.theme or "")
    ui.page_title(f"{title} · {visit.words('frame.product_long')}")
    theme = f"document.documentElement.dataset.theme='{visit.theme}';" if visit.theme else ""
    ui.add_head_html(
        f'<meta name="theme-color" content="{_LIGHT_GROUND}" media="(prefers-color-scheme: light)">'
        f'<meta name="theme-color" content="{_DARK_GROUND}" media="(prefers-color-scheme: dark)">'
        f"<script>{theme}</script>"
        f'<link rel="stylesheet" href="{address("workbench.css")}">'
        f'<script defer src="{address("workbench.js")}"></script>'
    )
    ui.add_body_html(
        f'<noscript><p class="no-script">{escape(visit.words("frame.no_script"))}</p></noscript>'
    )


def _header(visit: Visit) -> None:
    words = visit.words
    with Tag("header", "", "header"), Tag("div", "", "header-inner"):
        with Tag("a", "", "brand", href="/", aria_label=words("frame.product_long")):
            Tag("span", words("frame.product"), "seal", lang="zh-CN", aria_hidden="true")
        if visit.visitor is not None:
            _navigation(visit)
        with Tag("div", "", "switches"):
            _switches(visit)
            if (visitor := visit.visitor) is not None:
                # Only a newsroom lets people see and change their account.
                own = ("a", {"href": "/account"}) if visit.has_newsroom else ("span", {})
                title = words("frame.logged_in_as", name=visitor.me.display)
                with Tag(own[0], "", "who", title=title, **own[1]):
                    Tag("span", words("frame.logged_in_as", name=""), "unseen")
                    Tag("span", visitor.me.display, "who-name")
                    if visitor.me.role != "expert":
                        Tag("span", words(f"role.{visitor.me.role}"), "tag")
                with post("/logout", {}):
                    label = words("frame.log_out")
                    with Tag("button", "", "icon-button", type="submit", aria_label=label, title=label):
                        icon("out")


def _navigation(visit: Visit) -> None:
    """Where this person may go. On a narrow screen several places fold into a menu, which needs no script."""
    words, role = visit.words, visit.role
    assert role is not None
    own, here = places(role, newsroom=visit.has_newsroom), current(visit.path)

    def links() -> None:
        for place in own:
            marked = "page" if place.path == here else None
            Tag("a", words(f"frame.{place.name}"), "nav-link", href=place.path, aria_current=marked)

    with Tag("nav", "", "nav" if len(own) > 1 else "nav nav-single", aria_label=words("frame.menu")):
        links()
    if len(own) > 1:
        with Tag("details", "", "menu"):
            with Tag("summary", "", "icon-button", aria_label=words("frame.menu"), title=words("frame.menu")):
                icon("menu")
            with Tag("nav", "", "menu-links", aria_label=words("frame.menu")):
                links()
        named = next((place.name for place in own if place.path == here), None)
        if named:
            Tag("span", words(f"frame.{named}"), "menu-here", aria_hidden="true")


def _switches(visit: Visit) -> None:
    words, back = visit.words, visit.path
    other = "en" if words.language == "zh" else "zh"
    with post("/preferences", {"language": other, "back": back}):
        text = words("frame.other_language")
        Tag("button", text, "switch", type="submit", lang="en" if other == "en" else "zh-CN")
    # Of the two only the one that changes something is shown. Without our script the page is asked for again.
    for theme, name in (("dark", "moon"), ("light", "sun")):
        label = words(f"frame.to_{theme}")
        form = post("/preferences", {"theme": theme, "back": back}, f"to-{theme}", data_theme=theme)
        with form, Tag("button", "", "icon-button", type="submit", aria_label=label, title=label):
            icon(name)
