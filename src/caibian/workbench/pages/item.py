"""For organisers: one item, what each system answered and what each expert made of it, for adjudication."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from caibian.api.panel import ItemText, PanelProgress, RankingRow
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
        text = await visit.client.item(visit.token, panel, visit.parameter("example"))
        rows = await visit.client.rankings(visit.token, panel)
        return lambda: _draw(visit, found, text, rows)


def _draw(visit: Visit, found: PanelProgress, text: ItemText, rows: list[RankingRow]) -> None:
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
        _texts(visit, text, ordered)
        for row in own:
            if row.abstained or row.comment:
                _said(visit, row, display.get(row.judge, row.judge))


def _places(visit: Visit, rows: list[RankingRow], display: dict[str, str]) -> None:
    """Systems against experts, the system with the best mean place first: where a row jumps, they disagree."""
    words = visit.words
    place = {(row.judge, system): n for row in rows for n, system in enumerate(row.order, 1)}
    systems = _best_first({system for row in rows for system in row.order}, rows)
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


def _texts(visit: Visit, text: ItemText, rows: list[RankingRow]) -> None:
    """What was asked, then every answer under its system's name, the one with the best mean place first."""
    words, language = visit.words, text.language
    Tag("h2", words("ranking.answers"))
    with Tag("details", "", "panel said"):
        Tag("summary", words("ranking.source"))
        Tag("p", text.instruction, "quoted", lang=language, dir="auto")
        if text.input:
            Tag("p", text.input, "quoted", lang=language, dir="auto")
    for system in _best_first(text.answers, rows):
        with Tag("section", "", "panel said", data_system=system):
            with Tag("div", "", "panel-head"):
                Tag("h3", system)
            said = text.answers[system]
            if said.strip():
                Tag("p", said, "quoted", lang=language, dir="auto")
            else:
                Tag("p", words("ranking.empty_answer"), "soft")


def _best_first(systems: Iterable[str], rows: list[RankingRow]) -> list[str]:
    """Systems by their mean place; who has none comes last."""

    def mean(system: str) -> tuple[float, str]:
        places = [row.order.index(system) for row in rows if system in row.order]
        return (sum(places) / len(places) if places else float("inf"), system)

    return sorted(systems, key=mean)
