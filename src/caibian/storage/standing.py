"""What organisers see: how far each expert and each item is, and the rankings with their systems named."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import select

from caibian.records import Ranking
from caibian.storage.database import Database
from caibian.storage.refusals import NotFound
from caibian.storage.schema import Assignment, Item, ItemAnswer, Panel, RankingRow, Unblinding, User


@dataclass(frozen=True, slots=True)
class ExpertStanding:
    """How far one expert is."""

    name: str
    display: str
    assigned: int
    started: int
    ranked: int
    skipped: int
    median_seconds: float | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """How far one item is."""

    example_id: str
    card: str
    card_name_zh: str
    card_name_en: str
    language: str
    wanted: int
    assigned: int
    ranked: int
    skipped: int


@dataclass(frozen=True, slots=True)
class ItemText:
    """What an item asks, and what each system answered."""

    example_id: str
    language: str
    instruction: str
    input: str
    answers: dict[str, str]  # system -> text, in the order of their names


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a panel is."""

    id: str
    name: str
    closed: bool
    systems: list[str]
    experts: list[ExpertStanding]
    items: list[ItemStanding]


def standing(database: Database, panel_id: str) -> Standing:
    """How far a panel is.

    Raises:
        NotFound: there is no such panel.
    """
    with database.reading() as session:
        panel = session.get(Panel, panel_id)
        if panel is None:
            raise NotFound("there is no such panel")
        items = session.scalars(select(Item).where(Item.panel_id == panel_id).order_by(Item.number)).all()
        systems = session.scalars(
            select(Unblinding.system)
            .join(Item, Item.id == Unblinding.item_id)
            .where(Item.panel_id == panel_id)
            .distinct()
        ).all()
        rows = session.execute(
            select(
                Assignment.item_id,
                Assignment.state,
                User.name,
                User.display,
                RankingRow.seconds,
                RankingRow.at,
            )
            .join(User, User.id == Assignment.user_id)
            .outerjoin(RankingRow, RankingRow.assignment_id == Assignment.id)
            .where(Assignment.panel_id == panel_id)
        ).all()
    by_expert, by_item = defaultdict(list), defaultdict(list)
    for row in rows:
        by_expert[(row.name, row.display)].append(row)
        by_item[row.item_id].append(row.state)
    experts = []
    for (name, display), own in sorted(by_expert.items()):
        states = [row.state for row in own]
        seconds = [row.seconds for row in own if row.state == "ranked"]
        experts.append(
            ExpertStanding(
                name=name,
                display=display,
                assigned=len(own),
                started=states.count("started"),
                ranked=states.count("ranked"),
                skipped=states.count("skipped"),
                median_seconds=median(seconds) if seconds else None,
                last_at=max((row.at for row in own if row.at), default=None),
            )
        )
    return Standing(
        id=panel.id,
        name=panel.name,
        closed=panel.state == "closed",
        systems=sorted(systems),
        experts=experts,
        items=[
            ItemStanding(
                example_id=item.example_id,
                card=item.card,
                card_name_zh=item.card_name_zh,
                card_name_en=item.card_name_en,
                language=item.language,
                wanted=panel.per_item,
                assigned=len(by_item[item.id]),
                ranked=by_item[item.id].count("ranked"),
                skipped=by_item[item.id].count("skipped"),
            )
            for item in items
        ],
    )


def item_text(database: Database, panel_id: str, example_id: str) -> ItemText:
    """One item with its answers under the names of their systems, for who adjudicates.

    Raises:
        NotFound: the panel has no such item.
    """
    with database.reading() as session:
        item = session.scalar(select(Item).where(Item.panel_id == panel_id, Item.example_id == example_id))
        if item is None:
            raise NotFound("the panel has no such item")
        answers = session.execute(
            select(Unblinding.system, ItemAnswer.text)
            .join(ItemAnswer, (ItemAnswer.item_id == Unblinding.item_id) & (ItemAnswer.key == Unblinding.key))
            .where(Unblinding.item_id == item.id)
            .order_by(Unblinding.system)
        ).all()
        return ItemText(
            example_id=item.example_id,
            language=item.language,
            instruction=item.shown["instruction"],
            input=item.shown["input"],
            answers={row.system: row.text for row in answers},
        )


def rankings(database: Database, panel_id: str) -> list[Ranking]:
    """What the experts of a panel have handed in, in the order of its items; a skip is an abstention.

    Raises:
        NotFound: there is no such panel.
    """
    with database.reading() as session:
        if session.get(Panel, panel_id) is None:
            raise NotFound("there is no such panel")
        system: dict[str, dict[int, str]] = defaultdict(dict)
        for row in session.scalars(
            select(Unblinding).join(Item, Item.id == Unblinding.item_id).where(Item.panel_id == panel_id)
        ):
            system[row.item_id][row.key] = row.system
        found = session.execute(
            select(RankingRow, Assignment, Item.example_id, User.name)
            .join(Assignment, Assignment.id == RankingRow.assignment_id)
            .join(Item, Item.id == Assignment.item_id)
            .join(User, User.id == Assignment.user_id)
            .where(Assignment.panel_id == panel_id)
            .order_by(Item.number, User.name)
        ).all()
    return [
        Ranking(
            example_id=example_id,
            judge=name,
            order=tuple(given.order),
            abstained=given.abstained,
            kind="expert",
            shown=tuple(system[assignment.item_id][key] for key in assignment.seats),
            violations={broken_by: tuple(broken) for broken_by, broken in given.violations.items()},
            comment=given.comment,
            seconds=given.seconds,
            at=given.at,
        )
        for given, assignment, example_id, name in found
    ]
