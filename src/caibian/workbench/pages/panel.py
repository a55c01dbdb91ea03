"""One panel of an expert: what was done and what is left. After the last item it says thank you."""

from __future__ import annotations

from urllib.parse import quote

from caibian.api.panel import AssignmentRow, PanelOverview
from caibian.workbench.client import NotFound
from caibian.workbench.frame import frame
from caibian.workbench.kit import Tag, heads, link, progress
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.visit import Bench, Visit

_TAGS = {"open": "tag", "started": "tag act", "ranked": "tag good", "skipped": "tag warn"}


def register(bench: Bench) -> None:
    """/panels/{panel}."""

    @page(bench, "/panels/{panel}")
    async def panel(visit: Visit) -> Draw:
        id = visit.parameter("panel")
        rows = await visit.client.assignments(visit.token, id)
        found = next((one for one in await visit.client.panels(visit.token) if one.id == id), None)
        if found is None:
            raise NotFound("not_found", id)
        return lambda: _draw(visit, found, rows)


def _draw(visit: Visit, one: PanelOverview, rows: list[AssignmentRow]) -> None:
    words = visit.words
    address = f"/panels/{quote(one.id, safe='')}"
    left = one.assigned - one.ranked - one.skipped
    finished = left <= 0 < one.assigned
    with frame(visit, one.name, narrow=True):
        with Tag("div", "", "panel-title"):
            if finished and not one.closed:
                Tag("p", one.name, "kicker")
                Tag("h1", words("panel.thanks"))
            else:
                Tag("h1", one.name)
            Tag("p", _text(visit, one, left), "lead")
        progress(words, ranked=one.ranked, skipped=one.skipped, assigned=one.assigned)
        with Tag("div", "", "buttons"):
            link(words("panel.to_panels"), "/panels", "button quiet")
            if one.next is not None and not one.closed:
                text = words("panels.go_on" if one.ranked + one.skipped else "panels.start")
                link(text, f"{address}/items/{quote(one.next, safe='')}", data_act="go-on")
        with Tag("table", "", "table"):
            Tag("caption", words("panel.items"), "unseen")
            heads(words("panel.number"), words("panel.task"), words("panel.state"), numeric=(0,))
            with Tag("tbody"):
                for row in rows:
                    _row(visit, row, f"{address}/items/{quote(row.id, safe='')}")


def _text(visit: Visit, one: PanelOverview, left: int) -> str:
    done = {"ranked": one.ranked, "skipped": one.skipped}
    if left <= 0:
        return visit.words("panel.thanks_closed" if one.closed else "panel.thanks_text", **done)
    if one.closed:
        return visit.words("panel.closed_text", open=left)
    return visit.words("panel.left_one") if left == 1 else visit.words("panel.left_text", open=left)


def _row(visit: Visit, row: AssignmentRow, address: str) -> None:
    words = visit.words
    with Tag("tr"):
        Tag("td", str(row.position), "number")
        with Tag("td"):
            label = words("panel.open_item", n=row.position)
            name = words.either(row.card_name_zh, row.card_name_en)
            Tag("a", name, href=address, aria_label=f"{label} · {name}")
        with Tag("td"):
            Tag("span", words(f"panel.state_{row.state}"), _TAGS[row.state])
