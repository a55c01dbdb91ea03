"""The pages of the workbench, one module each; `register` makes them known."""

from caibian.workbench.pages import (
    account,
    agreement,
    articles,
    desk,
    item,
    login,
    models,
    operations,
    panel,
    panels,
    ranking,
    review,
)
from caibian.workbench.visit import Bench

_PAGES = (login, account, desk, articles, review, models, operations, panels, panel, ranking, agreement, item)


def register(bench: Bench) -> None:
    """Register all pages."""
    for page in _PAGES:
        page.register(bench)
