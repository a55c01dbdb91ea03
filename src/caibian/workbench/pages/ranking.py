"""The ranking page: an item with its answers. What happens on it happens in `board/ranking.js`."""

from __future__ import annotations

import nicegui.elements.sortable  # noqa: F401  # makes its SortableJS known to the page
from nicegui.element import Element
from starlette.responses import RedirectResponse, Response

from caibian.api.panel import SKIP_REASONS, Assignment
from caibian.workbench.frame import frame
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.visit import Bench, Visit


class RankingBoard(Element, component="../board/ranking.js", esm={"caibian-board": "../board/lib"}):
    """An item to rank, its keyboard, its drafts and the way to the next one."""

    def __init__(self, visit: Visit, first: Assignment) -> None:
        assert visit.visitor is not None
        super().__init__()
        skip = visit.words.section("skip")
        self._props["first"] = first.model_dump(mode="json")
        self._props["user"] = visit.visitor.me.name
        self._props["language"] = visit.words.language
        self._props["words"] = visit.words.section("ranking")
        self._props["reasons"] = {reason: skip[reason] for reason in SKIP_REASONS}


def register(bench: Bench) -> None:
    """/panels/{panel}/items/{assignment}."""

    @page(bench, "/panels/{panel}/items/{assignment}")
    async def ranking(visit: Visit) -> Draw | Response:
        item = await visit.client.assignment(visit.token, visit.parameter("assignment"))
        if item.panel != visit.parameter("panel"):
            return RedirectResponse(f"/panels/{item.panel}/items/{item.id}", 303)
        return lambda: _draw(visit, item)


def _draw(visit: Visit, item: Assignment) -> None:
    with frame(visit, visit.words("ranking.title", n=item.position)):
        RankingBoard(visit, item)
