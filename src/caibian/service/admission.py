"""Who may in: the account or key behind a request, its role, and the record of what the request took.

A route names what it is part of and who may use it:

    @router.post("/tasks/{id}/run")
    async def run(asker: Annotated[Admitted, Depends(admitted("tasks"))], …): ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from caibian.api.operations import FeatureName
from caibian.api.wire import DESK, Role
from caibian.errors import MissingExtra
from caibian.service.callers import Caller
from caibian.service.problems import Denied
from caibian.storage.accounts import Account

try:
    from fastapi import Request
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error


@dataclass(slots=True)
class Meter:
    """What a request is about and what it took; the handler fills in what it learns, the record is made at its end."""

    task: str | None = None
    model: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    first_token_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who may do what they ask for."""

    account: Account
    request_id: str
    key: str | None = None  # id of the API key, if one was used
    meter: Meter = field(default_factory=Meter)


def admitted(feature: FeatureName | None, roles: Collection[Role] = DESK) -> Callable[..., Admitted]:
    """A dependency that lets the request in, or refuses it with the Problem that says why."""

    def check(request: Request, account: Caller) -> Admitted:
        if account.role not in roles:
            raise Denied(403, f"not for the role {account.role}")
        return Admitted(account, request.headers.get("x-request-id", ""))

    return check
