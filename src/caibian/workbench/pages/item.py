"""For organisers: what each expert made of one item, side by side, for adjudication."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from caibian.api.panel import PanelProgress, RankingRow
from caibian.workbench.client import NotFound
from caibian.workbench.frame import frame
from caibian.workbench.kit import Tag, heads
from caibian.workbench.pages.agreement import duration
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.visit import Bench, Visit


def register(bench: Bench) -> None:
    """/panels/{panel}/agreement/{example}; ids of examples may hold anything, slashes too."""

    @page(bench, "/panels/{panel}/agreement/{example:path}")
    async def item(visit: Visit) -> Draw:
        panel = visit.parameter("panel")
        found = await visit.client.progress(visit.token, panel)
        rows = await visit.client.rankings(visit.token, panel)
        if all(one.example_id != visit.parameter("example") for one in found.items):
            raise NotFound("not_found", visit.parameter("example"))
        return lambda: _draw(visit, found, rows)


def _draw(visit: Visit, found: PanelProgress, rows: list[RankingRow]) -> None:
    words, id = visit.words, visit.parameter("example")
    one = next(item for item in found.items if item.example_id == id)
    display = {expert.name: expert.display for expert in found.experts}
    title = words("agreement.item_title", id=id)
    with frame(visit, title, narrow=True):
        with Tag("div", "", "panel-title"):
            with Tag("p", "", "kicker"):
                Tag("a", found.name, href=f"/panels/{quote(found.id, safe='')}/agreement")
                Tag("span", f" › {words.either(one.card_name_zh, one.card_name_en)}")
            Tag("h1", title)
        own = [row for row in rows if row.example_id == id]
        ordered = [row for row in own if not row.abstained]
        if not own:
            Tag("p", words("agreement.no_rankings"), "lead")
        if ordered:
            Tag("h2", words("agreement.orders"))
            _places(visit, ordered, display)
        for row in own:
            if row.abstained or row.comment:
                _said(visit, row, display.get(row.judge, row.judge))


def _places(visit: Visit, rows: list[RankingRow], display: dict[str, str]) -> None:
    """Systems against experts, the system with the best mean place first: where a row jumps, they disagree."""
    words = visit.words
    place = {(row.judge, system): n for row in rows for n, system in enumerate(row.order, 1)}
    systems = sorted({system for row in rows for system in row.order})
    systems.sort(key=lambda system: _mean(place[row.judge, system] for row in rows if system in row.order))
    with Tag("div", "", "scroller"), Tag("table", "", "table places"):
        heads(words("agreement.system"), *(display.get(row.judge, row.judge) for row in rows))
        with Tag("tbody"):
            for system in systems:
                with Tag("tr"):
                    Tag("th", system, scope="row")
                    for row in rows:
                        with Tag("td", "", "place-cell"):
                            Tag("b", str(place.get((row.judge, system), "–")))
                            for broken in row.violations.get(system, ()):
                                Tag("span", broken.replace("_", " "), "tag mark")
            with Tag("tr"):
                Tag("th", words("agreement.time"), scope="row")
                for row in rows:
                    Tag("td", duration(row.seconds), "soft")


def _said(visit: Visit, row: RankingRow, name: str) -> None:
    words = visit.words
    with Tag("section", "", "panel said"):
        with Tag("div", "", "panel-head"):
            Tag("h3", name)
            if row.abstained:
                known = words.section("skip")
                Tag("span", words("agreement.skipped"), "tag warn")
                Tag("span", known.get(row.abstained, row.abstained))
        if row.comment:
            Tag("p", row.comment, "quoted")


def _mean(places: Iterable[int]) -> float:
    found = list(places)
    return sum(found) / len(found)
