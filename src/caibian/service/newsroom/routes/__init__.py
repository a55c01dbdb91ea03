"""The routes of the newsroom, one module a noun; each is listed in the docstring of its module in `caibian.api`."""

from __future__ import annotations

from fastapi import APIRouter

from caibian.service.newsroom.routes import (
    accounts,
    articles,
    drafts,
    feedback,
    labels,
    operations,
    reports,
    tasks,
)

ROUTERS: tuple[APIRouter, ...] = (
    accounts.router,
    articles.router,
    drafts.router,
    feedback.router,
    labels.router,
    operations.router,
    reports.router,
    tasks.router,
)
