"""The routes, as `caibian.api.panel` lists them. Each answers when its change is committed, never before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from caibian.api.panel import (
    Assignment,
    AssignmentRow,
    Draft,
    ItemText,
    Next,
    PanelOverview,
    PanelProgress,
    RankingRow,
    Saved,
    Skip,
)
from caibian.api.wire import Login, Me, Preferences, Session
from caibian.errors import MissingExtra
from caibian.service.callers import Address, Caller, Db, Id, Token, caller, organiser
from caibian.service.panel import wiring
from caibian.service.panel.agreement import agreement
from caibian.service.problems import Stale
from caibian.storage import accounts, assignments, overviews, standing
from caibian.storage.database import Database
from caibian.storage.refusals import Outdated

try:
    from fastapi import APIRouter, Depends
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error

# A router's lock covers every route that is ever added to it.
doors = APIRouter()
experts = APIRouter(dependencies=[Depends(caller)])
organisers = APIRouter(dependencies=[Depends(organiser)])


@doors.get("/health")
def health(db: Db) -> dict[str, str]:
    """Whether the service and its database answer."""
    with db.reading() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}


@doors.post("/login")
def login(db: Db, address: Address, body: Login) -> Session:
    """Log in with a name and a password; many failures in a row are slowed down."""
    token, account = accounts.log_in(db, body.name, body.password, address)
    return Session(token=token, me=wiring.me(account))


@experts.post("/logout", status_code=204)
def logout(db: Db, token: Token) -> None:
    """Make the token void."""
    accounts.log_out(db, token)


@experts.get("/me")
def me(account: Caller) -> Me:
    """Who the token stands for."""
    return wiring.me(account)


@experts.put("/me")
def prefer(db: Db, account: Caller, body: Preferences) -> Me:
    """Choose the language of the pages."""
    return wiring.me(accounts.set_language(db, account, body.language))


@experts.get("/panels")
def panels(db: Db, account: Caller) -> list[PanelOverview]:
    """The panels of an expert with how far they are; an organiser sees all of them."""
    own = None if account.role == "organiser" else account
    return [wiring.overview(panel) for panel in overviews.overviews(db, own)]


@experts.get("/panels/{id}/next")
def following(db: Db, account: Caller, id: Id) -> Next:
    """The assignment to go on with: a started one, else the first open one."""
    return Next(next=overviews.overview(db, id, account).next)


@experts.get("/panels/{id}/assignments")
def listing(db: Db, account: Caller, id: Id) -> list[AssignmentRow]:
    """An expert's items of one panel, in order."""
    rows = assignments.listing(db, account, id)
    return [AssignmentRow.model_validate(row, from_attributes=True) for row in rows]


@experts.get("/assignments/{id}")
def assignment(db: Db, account: Caller, id: Id) -> Assignment:
    """One item as its expert sees it: answers under letters, no system named."""
    return wiring.assignment(assignments.read(db, account, id))


@experts.put("/assignments/{id}/draft")
def save_draft(db: Db, account: Caller, id: Id, body: Draft) -> Saved:
    """Keep what an expert has done so far; the order may be incomplete."""
    return _write(
        db, account, id, lambda: assignments.save_draft(db, account, id, wiring.work(body), body.revision)
    )


@experts.put("/assignments/{id}/ranking")
def rank(db: Db, account: Caller, id: Id, body: Draft) -> Saved:
    """Hand a ranking in: the order names every answer once."""
    return _write(
        db, account, id, lambda: assignments.rank(db, account, id, wiring.work(body), body.revision)
    )


@experts.put("/assignments/{id}/skip")
def skip(db: Db, account: Caller, id: Id, body: Skip) -> Saved:
    """Pass an item over, with a reason."""
    return _write(
        db,
        account,
        id,
        lambda: assignments.skip(db, account, id, body.reason, body.comment, body.revision),
    )


@organisers.get("/panels/{id}/progress")
def progress(db: Db, id: Id) -> PanelProgress:
    """How far every expert and every item of a panel is."""
    return wiring.progress(standing.standing(db, id))


@organisers.get("/panels/{id}/items/{example:path}")
def item_text(db: Db, id: Id, example: str) -> ItemText:
    """What an item asks, and what each system answered to it."""
    return wiring.item_text(standing.item_text(db, id, example))


@organisers.get("/panels/{id}/rankings")
def rankings(db: Db, id: Id) -> list[RankingRow]:
    """All that was handed in, systems named; a skip is an abstention."""
    return [wiring.ranking(row) for row in standing.rankings(db, id)]


@organisers.get("/panels/{id}/agreement")
def agreed(db: Db, id: Id) -> dict[str, Any]:
    """How far the experts agree: the report of `caibian evaluate agreement`."""
    return agreement(db, id)


def _write(
    db: Database, account: accounts.Account, id: str, write: Callable[[], assignments.Written]
) -> Saved:
    try:
        return wiring.saved(write())
    except Outdated as refusal:
        raise Stale(refusal, wiring.assignment(assignments.read(db, account, id))) from refusal
