"""Operations: figures, logs, switches, budgets, accounts and keys. Its life is in `operations/`."""

from __future__ import annotations

from caibian.api.wire import OPERATORS
from caibian.workbench.frame import frame
from caibian.workbench.pages.route import Draw, page
from caibian.workbench.scripts import KIT, Script
from caibian.workbench.visit import Bench, Visit

_ESM = KIT | {"caibian-operations": "../operations/lib"}


class OperationsPage(Script, component="../operations/operations_page.js", esm=_ESM):
    """What operators see and decide; administrators see accounts and keys too."""


def register(bench: Bench) -> None:
    """/operations."""

    @page(bench, "/operations", OPERATORS)
    async def operations(visit: Visit) -> Draw:
        return lambda: _draw(visit)


def _draw(visit: Visit) -> None:
    words = visit.words
    with frame(visit, words("operations.title")):
        OperationsPage(visit, "operations", roles=words.section("role"), models=words.section("models"))
