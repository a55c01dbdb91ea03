"""The pages of the workbench, one module each; `register` makes them known."""

from caibian.workbench.pages import agreement, articles, desk, item, login, panel, panels, ranking
from caibian.workbench.visit import Bench

_PAGES = (login, desk, articles, panels, panel, ranking, agreement, item)


def register(bench: Bench) -> None:
    """Register all pages."""
    for page in _PAGES:
        page.register(bench)
