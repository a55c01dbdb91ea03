"""What experts do: see an item blind, keep a draft, rank, skip. Nothing acknowledged is ever lost.

Every write names the revision that it builds on. An older one is refused, so that a second tab or a second device
never silently overwrites the first; the very same write sent again, after an answer that got lost, changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from caibian.storage import audit
from caibian.storage.accounts import Account
from caibian.storage.database import Database
from caibian.storage.overviews import next_of, own_rows
from caibian.storage.refusals import Closed, NotFound, Outdated
from caibian.storage.schema import Assignment, Item, ItemAnswer, Panel, RankingRow, Unblinding
from caibian.storage.work import Work, check, check_text, letters


@dataclass(frozen=True, slots=True)
class View:
    """One assignment as its expert sees it. Holds no system."""

    id: str
    panel: str
    closed: bool
    state: str
    position: int  # from 1
    total: int
    previous: str | None
    following: str | None
    language: str
    card: str
    card_name_zh: str
    card_name_en: str
    instruction: str
    input: str
    answers: list[tuple[str, str]]  # letter, text; by seat
    rubric: list[dict[str, str]]  # id, zh, en
    work: Work
    revision: int
    skip_reason: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an expert's list of items."""

    id: str
    position: int
    state: str
    card_name_zh: str
    card_name_en: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a write led to."""

    revision: int
    state: str
    next: str | None  # where to go on; None: nothing is left


def listing(database: Database, account: Account, panel_id: str) -> list[Row]:
    """An expert's items in a panel, in their order.

    Raises:
        NotFound: no such panel, or nothing in it is the expert's.
    """
    with database.reading() as session:
        rows = session.execute(
            select(Assignment.id, Assignment.state, Item.card_name_zh, Item.card_name_en)
            .join(Item, Item.id == Assignment.item_id)
            .where(Assignment.panel_id == panel_id, Assignment.user_id == account.id)
            .order_by(Assignment.position)
        ).all()
    if not rows:
        raise NotFound("there is no such panel")
    return [
        Row(row.id, position, row.state, row.card_name_zh, row.card_name_en)
        for position, row in enumerate(rows, 1)
    ]


def read(database: Database, account: Account, assignment_id: str) -> View:
    """One assignment of the expert's.

    Raises:
        NotFound: there is none, or it is another expert's.
    """
    with database.reading() as session:
        return _view(session, _own(session, account, assignment_id))


def save_draft(
    database: Database, account: Account, assignment_id: str, work: Work, revision: int
) -> Written:
    """Keep what an expert has done so far; the order may be incomplete. A ranking or a skip stays in force.

    Raises:
        NotFound, Invalid, Outdated, Closed.
    """

    def change(session: Session, assignment: Assignment, rubric: set[str]) -> None:
        check(work, len(assignment.seats), rubric, complete=False)
        _keep(assignment, work)
        if assignment.state == "open":
            assignment.state = "started"

    return _write(database, account, assignment_id, revision, ["draft", asdict(work)], change)


def rank(database: Database, account: Account, assignment_id: str, work: Work, revision: int) -> Written:
    """Hand in an order over all answers. It replaces an earlier one, or a skip, which the log keeps.

    Raises:
        NotFound, Invalid, Outdated, Closed.
    """

    def change(session: Session, assignment: Assignment, rubric: set[str]) -> None:
        check(work, len(assignment.seats), rubric, complete=True)
        _keep(assignment, work)
        assignment.state, assignment.skip_reason = "ranked", None
        system = _systems(session, assignment)
        _hand_in(
            session,
            account,
            assignment,
            order=[system[letter] for letter in work.order],
            violations={system[letter]: list(broken) for letter, broken in work.violations.items() if broken},
            comment=work.comment or None,
        )

    return _write(database, account, assignment_id, revision, ["rank", asdict(work)], change)


def skip(
    database: Database, account: Account, assignment_id: str, reason: str, comment: str, revision: int
) -> Written:
    """Pass an item over, with a reason. It replaces a ranking, which the log keeps; the draft stays.

    Raises:
        NotFound, Invalid, Outdated, Closed.
    """

    def change(session: Session, assignment: Assignment, rubric: set[str]) -> None:
        check_text("comment", comment)
        assignment.draft = {**assignment.draft, "comment": comment}
        assignment.state, assignment.skip_reason = "skipped", reason
        _hand_in(session, account, assignment, abstained=reason, comment=comment or None)

    return _write(database, account, assignment_id, revision, ["skip", reason, comment], change)


def _write(
    database: Database, account: Account, assignment_id: str, revision: int, content: list[Any], change: Any
) -> Written:
    digest = hashlib.sha256(json.dumps([revision, content], sort_keys=True).encode()).hexdigest()
    with database.writing() as session:
        assignment = _own(session, account, assignment_id, lock=True)
        # Shared with other writers, but whoever closes the panel waits for us, or we for them.
        panel = session.get_one(Panel, assignment.panel_id, with_for_update={"read": True})
        if not (assignment.revision == revision + 1 and assignment.last_write == digest):
            if panel.state == "closed":
                raise Closed("the panel is closed; nothing can be changed any more")
            if assignment.revision != revision:
                raise Outdated(
                    f"the item was changed elsewhere: it is at revision {assignment.revision}, "
                    f"this builds on {revision}"
                )
            rubric = session.scalars(select(Item.rubric).where(Item.id == assignment.item_id)).one()
            assignment.updated_at = database.clock()
            assignment.revision, assignment.last_write = revision + 1, digest
            change(session, assignment, {str(dimension["id"]) for dimension in rubric})
            session.flush()
        rows = own_rows(session, assignment.panel_id, account.id)
        return Written(assignment.revision, assignment.state, next_of(rows))


def _own(session: Session, account: Account, assignment_id: str, *, lock: bool = False) -> Assignment:
    assignment = session.get(Assignment, assignment_id, with_for_update=lock or None)
    if assignment is None or assignment.user_id != account.id:
        raise NotFound("there is no such assignment")
    return assignment


def _keep(assignment: Assignment, work: Work) -> None:
    violations = {letter: list(broken) for letter, broken in work.violations.items() if broken}
    assignment.draft = {"order": list(work.order), "violations": violations, "comment": work.comment}
    assignment.seconds = work.seconds


def _hand_in(
    session: Session,
    account: Account,
    assignment: Assignment,
    *,
    order: Sequence[str] = (),
    violations: Mapping[str, list[str]] | None = None,
    abstained: str | None = None,
    comment: str | None = None,
) -> None:
    """Store a verdict in place of an earlier one, and in the log beside it."""
    verdict = {
        "order": list(order),
        "abstained": abstained,
        "violations": dict(violations or {}),
        "comment": comment,
        "seconds": assignment.seconds,
    }
    session.merge(RankingRow(assignment_id=assignment.id, at=assignment.updated_at, **verdict))
    action = "skip" if abstained else "rank"
    audit.record(
        session,
        assignment.updated_at,
        account.name,
        action,
        assignment.id,
        revision=assignment.revision,
        **verdict,
    )


def _systems(session: Session, assignment: Assignment) -> dict[str, str]:
    """Which system sits under each letter: needed to store a verdict, and never shown to experts."""
    system = {
        row.key: row.system
        for row in session.scalars(select(Unblinding).where(Unblinding.item_id == assignment.item_id))
    }
    names = letters(len(assignment.seats))
    return {letter: system[key] for letter, key in zip(names, assignment.seats, strict=True)}


def _view(session: Session, assignment: Assignment) -> View:
    item = session.get_one(Item, assignment.item_id)
    panel = session.get_one(Panel, assignment.panel_id)
    texts = {
        row.key: row.text
        for row in session.scalars(select(ItemAnswer).where(ItemAnswer.item_id == assignment.item_id))
    }
    ids = [found for found, _ in own_rows(session, assignment.panel_id, assignment.user_id)]
    place = ids.index(assignment.id)
    seats = zip(letters(len(assignment.seats)), assignment.seats, strict=True)
    return View(
        id=assignment.id,
        panel=panel.id,
        closed=panel.state == "closed",
        state=assignment.state,
        position=place + 1,
        total=len(ids),
        previous=ids[place - 1] if place else None,
        following=ids[place + 1] if place + 1 < len(ids) else None,
        language=item.language,
        card=item.card,
        card_name_zh=item.card_name_zh,
        card_name_en=item.card_name_en,
        instruction=item.shown["instruction"],
        input=item.shown["input"],
        answers=[(letter, texts[key]) for letter, key in seats],
        rubric=item.rubric,
        work=Work(**assignment.draft, seconds=assignment.seconds),
        revision=assignment.revision,
        skip_reason=assignment.skip_reason,
    )
