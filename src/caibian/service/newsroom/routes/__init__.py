"""The routes of the newsroom, one module a noun; each is listed in the docstring of its module in `caibian.api`."""

from __future__ import annotations

from fastapi import APIRouter

from caibian.service.newsroom.routes import drafts, feedback, labels, reports

ROUTERS: tuple[APIRouter, ...] = (drafts.router, feedback.router, labels.router, reports.router)
