"""The routes of the newsroom, one module a noun; each is listed in the docstring of its module in `caibian.api`."""

from __future__ import annotations

from fastapi import APIRouter

from caibian.service.newsroom.routes import (
    accounts,
    articles,
    batches,
    drafts,
    feedback,
    labels,
    openai,
    operations,
    reports,
    tasks,
)

# A request is looked for in this order: those that come most often stand first.
ROUTERS: tuple[APIRouter, ...] = (
    openai.router,
    tasks.router,
    accounts.router,
    articles.router,
    batches.router,
    drafts.router,
    feedback.router,
    labels.router,
    operations.router,
    reports.router,
)
