"""The review desk: the lists of drafts, and one draft with its record. Their life is in `review/*.js`."""

from __future__ import annotations

from caibian.api.drafts import Draft, DraftRow
from caibian.api.wire import DESK
from caibian.workbench.asking import part
from caibian.workbench.frame import frame
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.scripts import KIT, Script
from caibian.workbench.visit import Bench, Visit

_ESM = KIT | {"caibian-review": "../review/lib"}


class DraftLists(Script, component="../review/review_lists.js", esm=_ESM):
    """All drafts that somebody may see, by state."""


class DraftDesk(Script, component="../review/review_draft.js", esm=_ESM):
    """One draft: its text, its facts, its comments, its versions, its ledger."""


def register(bench: Bench) -> None:
    """/review and /review/{draft}."""

    @page(bench, "/review", DESK)
    async def lists(visit: Visit) -> Draw:
        rows = await visit.newsroom.read(visit.token, "/drafts", list[DraftRow])
        return lambda: _lists(visit, rows)

    @page(bench, "/review/{draft}", DESK)
    async def one(visit: Visit) -> Draw:
        path = f"/drafts/{part(visit.parameter('draft'))}"
        draft = await visit.newsroom.read(visit.token, path, Draft)
        return lambda: _one(visit, draft)


def _lists(visit: Visit, rows: list[DraftRow]) -> None:
    with frame(visit, visit.words("review.title")):
        DraftLists(visit, "review", first=rows)


def _one(visit: Visit, draft: Draft) -> None:
    with frame(visit, draft.title or visit.words("review.untitled")):
        roles = visit.words.section("role")
        DraftDesk(visit, "review", first=draft, roles=roles)
