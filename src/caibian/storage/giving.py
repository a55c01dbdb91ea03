"""Giving experts the items of a panel that lack experts."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from caibian.storage import plan
from caibian.storage.schema import Assignment, Item, Panel, Unblinding, User


def give(session: Session, panel: Panel, users: Sequence[User], now: datetime) -> dict[str, int]:
    """Give users the items that lack experts; says how many each got.

    An item lacks an expert when fewer than `per_item` accounts in use have it and have not skipped it.
    """
    items = {
        item.example_id: item.id
        for item in session.scalars(select(Item).where(Item.panel_id == panel.id).order_by(Item.number))
    }
    example_of = {item_id: example for example, item_id in items.items()}
    held: dict[str, list[str]] = defaultdict(list)
    counted: dict[str, int] = defaultdict(int)
    last: dict[str, int] = defaultdict(int)
    for item_id, state, position, name, disabled in session.execute(
        select(Assignment.item_id, Assignment.state, Assignment.position, User.name, User.disabled)
        .join(User, User.id == Assignment.user_id)
        .where(Assignment.panel_id == panel.id)
    ):
        held[example_of[item_id]].append(name)
        counted[example_of[item_id]] += state == "ranked" or (state != "skipped" and not disabled)
        last[name] = max(last[name], position)
    needs = {example: max(0, panel.per_item - counted[example]) for example in items}
    allotted = plan.allot(needs, [user.name for user in users], panel.seed, held)
    keys: dict[str, dict[str, int]] = defaultdict(dict)  # example -> system -> key
    for row in session.scalars(
        select(Unblinding).join(Item, Item.id == Unblinding.item_id).where(Item.panel_id == panel.id)
    ):
        keys[example_of[row.item_id]][row.system] = row.key
    given: dict[str, int] = {}
    for user in users:
        own = [example for example, names in allotted.items() if user.name in names]
        own = plan.sequence(own, user.name, panel.seed)
        given[user.name] = len(own)
        for place, (example, seats) in enumerate(
            zip(own, plan.seats([list(keys[one]) for one in own], user.name, panel.seed), strict=True), 1
        ):
            session.add(
                Assignment(
                    id=uuid.uuid4().hex,
                    panel_id=panel.id,
                    item_id=items[example],
                    user_id=user.id,
                    position=last[user.name] + place,
                    seats=[keys[example][system] for system in seats],
                    state="open",
                    draft={},
                    seconds=0.0,
                    revision=0,
                    created_at=now,
                    updated_at=now,
                )
            )
    session.flush()
    return given
