"""The desk: a task, its material, and what models answer. What happens on it happens in `desk/desk.js`."""

from __future__ import annotations

import asyncio

from caibian.api.articles import ArticleText
from caibian.api.tasks import Engine
from caibian.api.wire import DESK
from caibian.workbench.asking import NotFound, part
from caibian.workbench.frame import frame
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.scripts import KIT, Script
from caibian.workbench.visit import Bench, Visit

_OFFERED = (  # to whom nothing is known of yet: what newsrooms use such tools for most
    "headline.news", "summary.news", "polish.copy", "lead.news",
    "translate.zh_en", "proofread.copy", "interview.outline", "flash.news",
)  # fmt: skip


class DeskPage(Script, component="../desk/desk.js", esm=KIT | {"caibian-desk": "../desk/lib"}):
    """Tasks to choose from, and the one at hand."""


def register(bench: Bench) -> None:
    """/desk and /desk/{task}; `?article=` names the article to begin with."""

    @page(bench, "/desk", DESK)
    async def begin(visit: Visit) -> Draw:
        return await _load(visit, None)

    @page(bench, "/desk/{task}", DESK)
    async def desk(visit: Visit) -> Draw:
        return await _load(visit, visit.parameter("task"))


async def _load(visit: Visit, id: str | None) -> Draw:
    tasks, engines, article = await asyncio.gather(
        visit.newsroom.tasks(visit.token),
        visit.newsroom.read(visit.token, "/engines", list[Engine]),
        _article(visit),
    )
    first = next((task for task in tasks if task.id == id), None)
    if id is not None and first is None:
        raise NotFound("not_found", id)
    listed = [{"id": t.id, "name": t.name.model_dump(), "category": t.category} for t in tasks]
    title = visit.words("desk.title")
    if first is not None:
        title = visit.words.either(first.name.zh, first.name.en) or title

    def draw() -> None:
        with frame(visit, title):
            DeskPage(
                visit, "desk", tasks=listed, offered=_OFFERED, first=first, engines=engines, article=article
            )

    return draw


async def _article(visit: Visit) -> ArticleText | None:
    id = visit.request.query_params.get("article")
    if not id:
        return None
    try:
        return await visit.newsroom.read(visit.token, f"/articles/{part(id)}", ArticleText)
    except NotFound:  # an old link: the desk is of use without it
        return None
