"""Panels: made from a comparison's items, given to experts, closed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from caibian.errors import ConfigError
from caibian.storage import audit, plan
from caibian.storage.accounts import checked_name
from caibian.storage.database import Database
from caibian.storage.giving import give
from caibian.storage.overviews import Overview, overview
from caibian.storage.refusals import NotFound
from caibian.storage.schema import Assignment, Item, ItemAnswer, Panel, Unblinding, User

_MIN_ANSWERS = 2  # fewer give nothing to order


@dataclass(frozen=True, slots=True)
class NewItem:
    """One example with the answers to it, on its way into a panel."""

    example_id: str
    card: str
    language: str
    instruction: str
    input: str
    answers: Mapping[str, str]  # system -> text
    card_name_zh: str = ""
    card_name_en: str = ""
    rubric: Sequence[tuple[str, str, str]] = ()  # id, zh, en


@dataclass(frozen=True, slots=True)
class Source:
    """The comparison that a panel is made from."""

    comparison: str  # name of its folder
    examples_sha256: str


@dataclass(frozen=True, slots=True)
class Terms:
    """How a panel is drawn and given out."""

    share: float = 0.5  # of the items, the more of them with two answers
    per_item: int = 2  # experts
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ConfigError(f"--share {self.share:g}: more than 0, at most 1")
        if self.per_item < 1:
            raise ConfigError(f"--per-item {self.per_item}: at least 1")


def create_panel(
    database: Database,
    name: str,
    source: Source,
    items: Sequence[NewItem],
    experts: Sequence[str],
    terms: Terms | None = None,
) -> Overview:
    """Draw a share of the items and give each to several experts.

    Items with fewer than two answers are left out. With fewer experts than `per_item`, items lack experts until
    `add_experts` brings more.

    Raises:
        ConfigError: the name is taken, an expert is unknown or an organiser, or no item has two answers.
    """
    terms = terms or Terms()
    name = name.strip()
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise ConfigError(f"panel {name[:200]!r}: a name has 1 to 200 characters")
    usable = {item.example_id: item for item in items if len(item.answers) >= _MIN_ANSWERS}
    if not usable:
        raise ConfigError(f"panel {name}: no item has {_MIN_ANSWERS} answers to order")
    strata = {key: f"{item.card}\0{item.language}" for key, item in usable.items()}
    drawn = plan.draw(strata, terms.share, terms.seed)
    now, panel_id = database.clock(), uuid.uuid4().hex
    with database.writing() as session:
        if session.scalar(select(func.count()).where(Panel.name == name)):
            raise ConfigError(f"panel {name}: there is one of this name already; choose another")
        users = [_expert(session, expert) for expert in dict.fromkeys(experts)]
        session.add(
            Panel(
                id=panel_id,
                name=name,
                comparison=source.comparison,
                examples_sha256=source.examples_sha256,
                seed=terms.seed,
                share=terms.share,
                per_item=terms.per_item,
                state="open",
                created_at=now,
            )
        )
        session.flush()
        numbers = {item.example_id: number for number, item in enumerate(items)}
        _add_items(session, panel_id, [(numbers[key], usable[key]) for key in drawn], terms.seed)
        panel = session.get_one(Panel, panel_id)
        given = give(session, panel, users, now)
        audit.record(
            session,
            now,
            audit.COMMAND_LINE,
            "create panel",
            panel_id,
            name=name,
            comparison=source.comparison,
            items=len(drawn),
            experts=given,
        )
    return overview(database, panel_id)


def add_experts(
    database: Database, panel_id: str, names: Sequence[str], *, instead_of: str | None = None
) -> dict[str, int]:
    """Give new experts the items that lack experts; gives how many each of them got.

    An item lacks an expert when fewer than `per_item` accounts in use have it and have not skipped it.

    Args:
        instead_of: an expert who leaves: what they have not ranked or skipped is taken from them first.

    Raises:
        ConfigError: an account is unknown, disabled or an organiser's, or the panel is closed.
    """
    now = database.clock()
    with database.writing() as session:
        panel = _locked(session, panel_id)
        if panel.state == "closed":
            raise ConfigError(f"panel {panel.name}: it is closed")
        users = [_expert(session, name) for name in dict.fromkeys(names)]
        if instead_of is not None:
            _withdraw(session, panel, instead_of, now)
        given = give(session, panel, users, now)
        audit.record(session, now, audit.COMMAND_LINE, "add experts", panel_id, experts=given)
    return given


def set_closed(database: Database, panel_id: str, closed: bool = True) -> None:
    """Close a panel, after which nothing in it changes, or open it again."""
    with database.writing() as session:
        panel, now = _locked(session, panel_id), database.clock()
        panel.state, panel.closed_at = ("closed", now) if closed else ("open", None)
        audit.record(session, now, audit.COMMAND_LINE, "close panel" if closed else "reopen panel", panel_id)


def _locked(session: Session, panel_id: str) -> Panel:
    panel = session.get(Panel, panel_id, with_for_update=True)
    if panel is None:
        raise NotFound("there is no such panel")
    return panel


def _expert(session: Session, name: str) -> User:
    user = session.scalars(select(User).where(User.name == checked_name(name))).one_or_none()
    if user is None:
        raise ConfigError(f"account {name}: there is none of this name")
    if user.disabled:
        raise ConfigError(f"account {name}: it is disabled")
    if user.role != "expert":
        raise ConfigError(
            f"account {name}: an organiser knows the systems and ranks nothing; take another account"
        )
    return user


def _add_items(session: Session, panel_id: str, items: Sequence[tuple[int, NewItem]], seed: int) -> None:
    rows, texts, systems = [], [], []
    for number, item in items:
        item_id = uuid.uuid4().hex
        rows.append(
            {
                "id": item_id,
                "panel_id": panel_id,
                "number": number,
                "example_id": item.example_id,
                "card": item.card,
                "card_name_zh": item.card_name_zh or item.card,
                "card_name_en": item.card_name_en or item.card,
                "language": item.language,
                "shown": {"instruction": item.instruction, "input": item.input},
                "rubric": [{"id": name, "zh": zh, "en": en} for name, zh, en in item.rubric],
            }
        )
        # Keys in an order of chance: they must not tell what a system is called.
        shuffled = sorted(item.answers)
        random.Random(f"keys {seed} {item.example_id}").shuffle(shuffled)
        for key, system in enumerate(shuffled):
            texts.append({"item_id": item_id, "key": key, "text": item.answers[system]})
            systems.append({"item_id": item_id, "key": key, "system": system})
    session.execute(insert(Item), rows)
    session.execute(insert(ItemAnswer), texts)
    session.execute(insert(Unblinding), systems)


def _withdraw(session: Session, panel: Panel, name: str, now: datetime) -> None:
    """Take what an expert has not handed in; drafts are kept in the log."""
    user = session.scalars(select(User).where(User.name == checked_name(name))).one_or_none()
    if user is None:
        raise ConfigError(f"account {name}: there is none of this name")
    for assignment in session.scalars(
        select(Assignment)
        .where(
            Assignment.panel_id == panel.id,
            Assignment.user_id == user.id,
            Assignment.state.in_(("open", "started")),
        )
        .with_for_update()
    ).all():
        audit.record(
            session, now, audit.COMMAND_LINE, "withdraw", assignment.id, expert=name, draft=assignment.draft
        )
        session.delete(assignment)
    session.flush()
