"""Accounts, keys, switches, requests and reports over HTTP.

    GET    /v1/operations/overview?minutes=60      -> Overview                 OPERATORS
    GET    /v1/operations/requests?cursor=&limit=&feature=&status=   -> RequestPage      OPERATORS
    GET    /v1/operations/audit?cursor=&limit=&subject=              -> AuditPage        OPERATORS
    GET    /v1/features                            -> list[Feature]            every account
    PUT    /v1/features/{name}                     Switch -> Feature           OPERATORS
    GET    /v1/budgets                             -> list[Budget]             OPERATORS
    PUT    /v1/budgets                             NewBudget -> Budget         OPERATORS

    GET    /v1/me                                  -> Me                       whoever is logged in
    PUT    /v1/me                                  Preferences -> Me           whoever is logged in
    POST   /v1/me/password                         NewOwnPassword -> 204; ends their other sessions   whoever is logged in
    POST   /v1/logout                              -> 204                      whoever is logged in

    GET    /v1/accounts                            -> list[AccountRow]         ADMINS
    POST   /v1/accounts                            NewAccount -> NewPassword   ADMINS
    PUT    /v1/accounts/{name}                     ChangeAccount -> AccountRow ADMINS
    POST   /v1/accounts/{name}/password            -> NewPassword; ends all their sessions    ADMINS
    GET    /v1/keys                                -> list[KeyRow]             ADMINS
    POST   /v1/keys                                NewKey -> FreshKey          ADMINS
    DELETE /v1/keys/{id}                           -> 204; void at once        ADMINS

    GET    /v1/reports                             -> list[RunReport]          every account but experts
    GET    /v1/reports/{run}/{page}                -> the page (HTML)          every account but experts

A key belongs to an account and may do what the account may, within its own limits and features; one that is limited to
features does nothing else but read what the whole desk may, and none speaks for a person (`/v1/me`, `/v1/logout`, the panel). A request that is over a
limit gets 429 with Retry-After and code `too_many` (requests a minute) or `over_budget` (tokens or cost a day); one to a
feature that is off gets 403 with code `switched_off`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from caibian.api.tasks import Engine
from caibian.api.wire import Moment, Role, Wire

FeatureName = Literal[
    "chat", "completions", "embeddings", "tasks", "batches", "articles", "drafts", "export", "feedback"
]
FEATURES: tuple[FeatureName, ...] = (
    "chat",
    "completions",
    "embeddings",
    "tasks",
    "batches",
    "articles",
    "drafts",
    "export",
    "feedback",
)


class Point(Wire):
    """What happened in one slice of time."""

    at: datetime  # its start
    requests: int
    errors: int
    tokens: int
    p50_ms: float | None
    p95_ms: float | None


class Share(Wire):
    """What one feature or model took."""

    name: str
    requests: int
    errors: int
    prompt_tokens: int
    completion_tokens: int
    cost: float
    p50_ms: float | None
    p95_ms: float | None


class Overview(Wire):
    """The last `minutes`."""

    minutes: int
    requests: int
    errors: int  # 5xx
    refused: int  # 4xx, but for 499
    prompt_tokens: int
    completion_tokens: int
    cost: float
    currency: str
    p50_ms: float | None
    p95_ms: float | None
    first_token_p50_ms: float | None
    points: list[Point]
    by_feature: list[Share]
    by_model: list[Share]
    by_status: dict[str, int]
    engines: list[Engine]


class RequestRow(Wire):
    """One request; never its content."""

    id: str
    at: datetime
    account: str
    key: str | None  # its name
    feature: str  # or `house`: a refused request to what is no feature
    task: str | None
    model: str | None
    status: int  # 499: the asker left before the answer was whole
    code: str | None  # of the Problem
    ms: float
    first_token_ms: float | None
    prompt_tokens: int
    completion_tokens: int
    cost: float


class RequestPage(Wire):
    """Requests, newest first."""

    requests: list[RequestRow]
    next: str | None


class AuditRow(Wire):
    """One line of the audit log."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, object]


class AuditPage(Wire):
    """Lines of the audit log, newest first."""

    rows: list[AuditRow]
    next: str | None


class Feature(Wire):
    """A part of the service that can be switched off."""

    name: FeatureName
    enabled: bool
    reason: str
    changed_by: str | None
    changed_at: datetime | None


class Switch(Wire):
    """PUT /v1/features/{name}."""

    enabled: bool
    reason: str = Field("", max_length=500)


class NewOwnPassword(Wire):
    """POST /v1/me/password."""

    old: str = Field(min_length=1, max_length=200)
    new: str = Field(min_length=8, max_length=200)


class Limits(Wire):
    """None: no limit of this kind."""

    requests_a_minute: int | None = Field(None, ge=1, le=1_000_000)
    tokens_a_day: int | None = Field(None, ge=1, le=10**15)
    cost_a_day: float | None = Field(None, gt=0, le=1e15, allow_inf_nan=False)


class NewBudget(Limits):
    """PUT /v1/budgets: of a key, an account, or of everybody together (both None), for one feature or all (None).

    One without any limit takes the budget away. A day ends at the house's midnight.
    """

    account: str | None = Field(None, max_length=64)
    key: str | None = Field(None, max_length=32, description="id of a key")
    feature: FeatureName | None = None


class Budget(NewBudget):
    """A budget and what is used of it."""

    used_requests_minute: int
    used_tokens_day: int
    used_cost_day: float


class AccountRow(Wire):
    """An account."""

    name: str
    display: str
    role: Role
    language: Literal["zh", "en"]
    disabled: bool
    created_at: datetime


class NewAccount(Wire):
    """POST /v1/accounts."""

    name: str = Field(min_length=1, max_length=64)
    display: str = Field("", max_length=200)
    role: Role
    language: Literal["zh", "en"] = "zh"


class ChangeAccount(Wire):
    """PUT /v1/accounts/{name}; None leaves a thing as it is."""

    role: Role | None = None
    disabled: bool | None = None
    display: str | None = Field(None, max_length=200)


class NewPassword(Wire):
    """A password that is shown this once."""

    account: AccountRow
    password: str


class NewKey(Wire):
    """POST /v1/keys."""

    account: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    features: list[FeatureName] | None = Field(None, description="None: all of them")
    expires_at: Moment | None = None
    limits: Limits = Limits()


class KeyRow(Wire):
    """A key; its secret is known to its bearer alone."""

    id: str
    account: str
    name: str
    prefix: str  # its first letters, to tell keys apart
    features: list[FeatureName] | None
    created_at: datetime
    expires_at: datetime | None
    last_used: datetime | None
    revoked: bool


class FreshKey(Wire):
    """A new key with its secret, shown this once."""

    key: KeyRow
    secret: str


class RunReport(Wire):
    """A run of the factory with its pages."""

    run: str
    at: datetime
    pages: dict[str, str]  # name (report, errors, comparison …) -> file
