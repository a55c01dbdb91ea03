"""The models of the house: their state, two of them side by side, and the reports of runs. Its life is in `models/`."""

from __future__ import annotations

from caibian.api.operations import RunReport
from caibian.api.tasks import Engine
from caibian.api.wire import ROLES
from caibian.workbench.frame import frame
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.scripts import KIT, Script
from caibian.workbench.visit import Bench, Visit

_READERS = tuple(role for role in ROLES if role != "expert")


class ModelsPage(Script, component="../models/models_page.js", esm=KIT | {"caibian-models": "../models/lib"}):
    """Engines, comparison and reports."""


def register(bench: Bench) -> None:
    """/models."""

    @page(bench, "/models", _READERS)
    async def models(visit: Visit) -> Draw:
        engines = await visit.newsroom.read(visit.token, "/engines", list[Engine])
        runs = await visit.newsroom.read(visit.token, "/reports", list[RunReport])
        return lambda: _draw(visit, engines, runs)


def _draw(visit: Visit, engines: list[Engine], runs: list[RunReport]) -> None:
    with frame(visit, visit.words("models.title")):
        ModelsPage(visit, "models", engines=engines, runs=runs)
