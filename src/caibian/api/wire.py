"""What all parts of the HTTP API share: logging in, who somebody is, and how every refusal looks.

Everything but logins and health checks is sent with `Authorization: Bearer TOKEN`: a session's token, or an API key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PREFIX = "/v1"

Role = Literal["expert", "organiser", "reporter", "editor", "chief_editor", "operator", "admin"]
ROLES: tuple[Role, ...] = (
    "expert",
    "organiser",
    "reporter",
    "editor",
    "chief_editor",
    "operator",
    "admin",
)
DESK: tuple[Role, ...] = ("reporter", "editor", "chief_editor", "admin")
"""Who runs tasks, and reads and writes articles and drafts."""
EDITORS: tuple[Role, ...] = ("editor", "chief_editor", "admin")
"""Who passes a draft on, or returns it."""
CHIEFS: tuple[Role, ...] = ("chief_editor", "admin")
"""Who publishes."""
OPERATORS: tuple[Role, ...] = ("operator", "admin")
"""Who sees requests, cost and the audit log, and switches features off."""
ADMINS: tuple[Role, ...] = ("admin",)
"""Who makes accounts and keys."""

Language = Literal["zh", "en", "ar", "hi"]


def _in_reach(at: datetime) -> datetime:
    if not 1000 <= at.year <= 9000:
        raise ValueError("the year must lie between 1000 and 9000")
    return at


def _zoned(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("needs a time zone, as in 2026-05-04T09:00:00+08:00")
    return at


When = Annotated[datetime, AfterValidator(_in_reach)]
"""A date and time with room on both sides: next year, and the same moment in another zone, can be told of it."""
Moment = Annotated[When, AfterValidator(_zoned)]
"""The same, and a point in time: with its zone."""


class Wire(BaseModel):
    """Base of all bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Login(Wire):
    """POST /login."""

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=200)


class Me(Wire):
    """GET /me: who is logged in."""

    name: str
    display: str
    role: Role
    language: Literal["zh", "en"] = "zh"


class Preferences(Wire):
    """PUT /me: what people may change about themselves."""

    language: Literal["zh", "en"]


class Session(Wire):
    """What a login gives: a bearer token, and who it stands for."""

    token: str
    me: Me


class Problem(Wire):
    """The body of every 4xx and 5xx answer outside of OpenAI's routes.

    code: unauthorised, forbidden, not_found, conflict, closed, invalid, too_large, too_many, over_budget, switched_off,
    refused_topic, unavailable, internal, or another word for a rarer status.
    """

    code: str
    message: str
    current: Any = None  # with conflict and closed: the thing as it is now
