"""What operators see and set: figures, the logs, switches and budgets, as `caibian.api.operations` lists them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from caibian.api.operations import (
    FEATURES,
    AuditPage,
    AuditRow,
    Budget,
    Feature,
    FeatureName,
    NewBudget,
    Overview,
    Point,
    RequestPage,
    RequestRow,
    Share,
    Switch,
)
from caibian.api.wire import OPERATORS, ROLES, Problem
from caibian.errors import MissingExtra
from caibian.service.admission import Admitted, admitted
from caibian.service.callers import Db
from caibian.service.gateway.asking import Gateway
from caibian.service.settings import HouseSettings
from caibian.storage import audit
from caibian.storage.access import budgets, features, figures, requests
from caibian.storage.refusals import Invalid

try:
    from fastapi import APIRouter, Depends, Query, Request
    from starlette.concurrency import run_in_threadpool
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

router = APIRouter(tags=["operations"])

Operator = Annotated[Admitted, Depends(admitted(None, OPERATORS))]
Anybody = Annotated[Admitted, Depends(admitted(None, ROLES))]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=64)]

_MOST_MINUTES = 7 * 24 * 60
_REQUEST_CURSOR = re.compile(r"(\d{1,17})-([0-9a-f]{32})")
_WRITTEN_WITHIN = 1.0  # seconds that a page of the log waits for what has just ended


@router.get("/operations/overview")
async def overview(
    request: Request, db: Db, _: Operator, minutes: Annotated[int, Query(ge=1, le=_MOST_MINUTES)] = 60
) -> Overview:
    """What happened in the last minutes."""
    settings: HouseSettings = request.app.state.settings
    gateway: Gateway = request.app.state.gateway
    await run_in_threadpool(_flush, request)
    found = await run_in_threadpool(figures.overview, db, minutes)
    total = found.total
    return Overview(
        minutes=minutes,
        requests=total.requests,
        errors=total.errors,
        refused=total.refused,
        prompt_tokens=total.prompt_tokens,
        completion_tokens=total.completion_tokens,
        cost=total.cost,
        currency=settings.currency,
        p50_ms=total.p50_ms,
        p95_ms=total.p95_ms,
        first_token_p50_ms=total.first_token_p50_ms,
        points=[
            Point(
                at=at,
                requests=one.requests,
                errors=one.errors,
                tokens=one.prompt_tokens + one.completion_tokens,
                p50_ms=one.p50_ms,
                p95_ms=one.p95_ms,
            )
            for at, one in found.slices
        ],
        by_feature=[Share.model_validate(_share(one)) for one in found.by_feature],
        by_model=[Share.model_validate(_share(one)) for one in found.by_model],
        by_status=found.by_status,
        engines=await gateway.engines(),
    )


@router.get("/operations/requests")
def request_log(
    request: Request,
    db: Db,
    _: Operator,
    cursor: Cursor = None,
    limit: Limit = 100,
    feature: FeatureName | Literal["house"] | None = None,
    status: Annotated[int | None, Query(ge=1, le=599, description="4: all from 400 to 499")] = None,
) -> RequestPage:
    """Requests, newest first."""
    _flush(request)
    before = None if cursor is None else _parsed(cursor)
    found = requests.page(db, before=before, limit=limit + 1, feature=feature, status=status)
    rows = [
        RequestRow(
            id=one.entry.id,
            at=one.entry.at,
            account=one.account,
            key=one.key,
            feature=one.entry.feature,
            task=one.entry.task,
            model=one.entry.model,
            status=one.entry.status,
            code=one.entry.code,
            ms=one.entry.ms,
            first_token_ms=one.entry.first_token_ms,
            prompt_tokens=one.entry.prompt_tokens,
            completion_tokens=one.entry.completion_tokens,
            cost=one.entry.cost,
        )
        for one in found[:limit]
    ]
    return RequestPage(requests=rows, next=_cursor(rows[-1]) if len(found) > limit else None)


@router.get("/operations/audit")
def audit_log(
    db: Db,
    _: Operator,
    cursor: Cursor = None,
    limit: Limit = 100,
    subject: Annotated[str | None, Query(max_length=64)] = None,
) -> AuditPage:
    """Who changed what, newest first."""
    if cursor is not None and not re.fullmatch(r"[0-9]{1,18}", cursor):
        raise Invalid("cursor: is none that a page gave")
    if subject is not None and not subject.isprintable():
        return AuditPage(rows=[], next=None)  # nothing has such a name, and PostgreSQL would refuse to look
    before = None if cursor is None else int(cursor)
    found = audit.page(db, before=before, limit=limit + 1, subject=subject)
    rows = [AuditRow.model_validate(row, from_attributes=True) for row in found[:limit]]
    return AuditPage(rows=rows, next=str(rows[-1].id) if len(found) > limit else None)


@router.get("/features")
def feature_list(db: Db, _: Anybody) -> list[Feature]:
    """Which parts of the service are on."""
    known = features.switches(db)
    return [_feature(known.get(name) or features.Switch(name)) for name in FEATURES]


@router.put("/features/{name}")
def switch(db: Db, asker: Operator, name: FeatureName, body: Switch) -> Feature:
    """Turn a part of the service off or on, for the next request on."""
    return _feature(features.switch(db, name, body.enabled, body.reason, actor=asker.account.name))


@router.get("/budgets")
def budget_list(request: Request, db: Db, _: Operator) -> list[Budget]:
    """All budgets and what is used of them."""
    _flush(request)
    settings: HouseSettings = request.app.state.settings
    return [_budget(one) for one in budgets.budgets(db, settings.zone)]


@router.put(
    "/budgets", responses={404: {"model": Problem, "description": "There is no such account or key."}}
)
def set_budget(request: Request, db: Db, asker: Operator, body: NewBudget) -> Budget:
    """Set a budget, change it, or take it away."""
    settings: HouseSettings = request.app.state.settings
    limits = budgets.Amounts(body.requests_a_minute, body.tokens_a_day, body.cost_a_day)
    return _budget(
        budgets.set_budget(
            db,
            settings.zone,
            limits,
            account=body.account,
            key=body.key,
            feature=body.feature,
            actor=asker.account.name,
        )
    )


def _flush(request: Request) -> None:
    """What this process has answered is on the page that it answers next."""
    request.app.state.admission.recorder.flush(_WRITTEN_WITHIN)


def _share(one: figures.Figures) -> dict[str, object]:
    return {name: getattr(one, name) for name in Share.model_fields}


def _feature(one: features.Switch) -> Feature:
    return Feature.model_validate(one, from_attributes=True)


def _budget(one: budgets.Budget) -> Budget:
    return Budget.model_validate(
        {
            "account": one.account,
            "key": one.key,
            "feature": one.feature,
            "requests_a_minute": one.limits.requests_a_minute,
            "tokens_a_day": one.limits.tokens_a_day,
            "cost_a_day": one.limits.cost_a_day,
            "used_requests_minute": one.minute_requests,
            "used_tokens_day": one.tokens,
            "used_cost_day": one.cost,
        }
    )


def _cursor(row: RequestRow) -> str:
    since = row.at - datetime(1970, 1, 1, tzinfo=UTC)
    return f"{since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds}-{row.id}"


def _parsed(cursor: str) -> tuple[datetime, str]:
    if (found := _REQUEST_CURSOR.fullmatch(cursor)) is None:
        raise Invalid("cursor: is none that a page gave")
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(found[1])), found[2]
    except OverflowError as error:
        raise Invalid("cursor: is none that a page gave") from error
