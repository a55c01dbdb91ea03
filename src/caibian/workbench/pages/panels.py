"""The panels of an expert, or for organisers all of them: how far they are, and the way on."""

from __future__ import annotations

from urllib.parse import quote

from caibian.api.panel import PanelOverview
from caibian.workbench.frame import frame
from caibian.workbench.kit import Tag, link, progress
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.visit import Bench, Visit


def register(bench: Bench) -> None:
    """/panels."""

    @page(bench, "/panels")
    async def panels(visit: Visit) -> Draw:
        found = await visit.client.panels(visit.token)
        return lambda: _draw(visit, found)


def _draw(visit: Visit, panels: list[PanelOverview]) -> None:
    words = visit.words
    organiser = visit.visitor is not None and visit.visitor.me.role == "organiser"
    title = words("panels.title_organiser" if organiser else "panels.title")
    with frame(visit, title, narrow=True):
        Tag("h1", title)
        if not panels:
            Tag("p", words("panels.none_organiser" if organiser else "panels.none"), "panel lead")
        with Tag("ul", "", "panel-list"):
            for one in panels:
                with Tag("li", "", "panel"):
                    _panel(visit, one, organiser)


def _panel(visit: Visit, one: PanelOverview, organiser: bool) -> None:
    words = visit.words
    address = f"/panels/{quote(one.id, safe='')}"
    done = one.ranked + one.skipped
    with Tag("div", "", "panel-head"):
        Tag("h2", one.name)
        if one.closed:
            Tag("span", words("panels.closed"), "tag")
        elif done >= one.assigned > 0:
            Tag("span", words("panels.done"), "tag good")
        Tag("span", words("panels.of", done=done, all=one.assigned), "count")
    progress(words, ranked=one.ranked, skipped=one.skipped, assigned=one.assigned)
    with Tag("div", "", "buttons"):
        if organiser:
            link(words("panels.agreement"), f"{address}/agreement")
            return
        link(words("panels.overview"), address, "button quiet")
        if one.next is not None and not one.closed:
            text = words("panels.go_on" if done else "panels.start")
            link(text, f"{address}/items/{quote(one.next, safe='')}", data_act="go-on")
