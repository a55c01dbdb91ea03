"""Articles and batches. What happens on these pages happens in `articles/*.js`."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from caibian.api.articles import ArticlePage, ArticleText, Batch, BatchItem
from caibian.api.tasks import Engine, Task
from caibian.api.wire import DESK
from caibian.workbench.asking import part
from caibian.workbench.frame import frame
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.scripts import KIT, Script
from caibian.workbench.visit import Bench, Visit

_LIB = KIT | {"caibian-articles": "../articles/lib"}
_PAGE = 50  # articles of the first page; the script asks for the others


class ArticlesPage(Script, component="../articles/list.js", esm=_LIB):
    """Bringing articles in, finding them, choosing many."""


class ReadingPage(Script, component="../articles/article.js", esm=_LIB):
    """One article."""


class BatchesPage(Script, component="../articles/batches.js", esm=_LIB):
    """All batches."""


class BatchPage(Script, component="../articles/batch.js", esm=_LIB):
    """One batch with its results."""


def register(bench: Bench) -> None:
    """/articles, /articles/{id}, /batches and /batches/{id}."""

    @page(bench, "/articles", DESK)
    async def articles(visit: Visit) -> Draw:
        query = visit.request.query_params.get("query", "")[:200]
        asked = urlencode({"limit": _PAGE} | ({"query": query} if query else {}))
        first, engines = await asyncio.gather(
            visit.newsroom.read(visit.token, f"/articles?{asked}", ArticlePage),
            visit.newsroom.read(visit.token, "/engines", list[Engine]),
        )

        def draw() -> None:
            with frame(visit, visit.words("articles.title")):
                ArticlesPage(visit, "articles", first=first, query=query, engines=engines)

        return draw

    @page(bench, "/articles/{id}", DESK)
    async def article(visit: Visit) -> Draw:
        found = await visit.newsroom.read(
            visit.token, f"/articles/{part(visit.parameter('id'))}", ArticleText
        )

        def draw() -> None:
            with frame(visit, found.title or visit.words("articles.untitled")):
                ReadingPage(visit, "articles", article=found)

        return draw

    @page(bench, "/batches", DESK)
    async def batches(visit: Visit) -> Draw:
        first, tasks = await asyncio.gather(
            visit.newsroom.read(visit.token, "/batches", list[Batch]),
            visit.newsroom.tasks(visit.token),
        )

        def draw() -> None:
            with frame(visit, visit.words("articles.batches")):
                BatchesPage(visit, "articles", first=first, names=_names(tasks))

        return draw

    @page(bench, "/batches/{id}", DESK)
    async def batch(visit: Visit) -> Draw:
        path = f"/batches/{part(visit.parameter('id'))}"
        first, items, tasks = await asyncio.gather(
            visit.newsroom.read(visit.token, path, Batch),
            visit.newsroom.read(visit.token, f"{path}/items", list[BatchItem]),
            visit.newsroom.tasks(visit.token),
        )
        task = next((one for one in tasks if one.id == first.task), None)
        checks = {key: says for key, says in visit.words.section("desk").items() if key.startswith("check_")}

        def draw() -> None:
            with frame(visit, visit.words("articles.batches")):
                BatchPage(
                    visit,
                    "articles",
                    first=first,
                    items=items,
                    task=task,
                    names=_names(tasks),
                    checks=checks,
                )

        return draw


def _names(tasks: list[Task]) -> dict[str, dict[str, str]]:
    return {task.id: task.name.model_dump() for task in tasks}
