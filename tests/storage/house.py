"""A small newsroom: items with three systems, experts, an organiser, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from caibian.storage import Database
from caibian.storage.accounts import Account, create_account
from caibian.storage.assignments import listing, read
from caibian.storage.overviews import Overview
from caibian.storage.panels import NewItem, Source, Terms, create_panel
from caibian.storage.work import Work

SYSTEMS = ("base-secret", "tuned-secret", "large-secret")
RUBRIC = (("accuracy", "准确", "Accuracy"), ("concision", "简洁", "Concision"))
SOURCE = Source("spring", "ab" * 32)
PASSWORD = "korrekt-pferd-batterie"
NASTY = "<script>alert('x')</script><img src=x onerror=alert(1)>\x00&amp; 终"


class Clock:
    """A time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def items(count: int, systems: Sequence[str] = SYSTEMS) -> list[NewItem]:
    """Items of two cards in turn."""
    return [
        NewItem(
            example_id=f"ex{number}",
            card=f"headline.{'news' if number % 2 else 'short'}",
            language="zh",
            instruction="请为下面的稿件拟一个标题。",
            input=f"第{number}篇稿件",
            answers={system: f"{number}: answer {place}" for place, system in enumerate(systems)},
            card_name_zh="新闻标题",
            card_name_en="News headline",
            rubric=RUBRIC,
        )
        for number in range(count)
    ]


def people(database: Database, *names: str, role: str = "expert") -> list[Account]:
    """Accounts, all with the one password."""
    return [create_account(database, name, role=role, password=PASSWORD)[0] for name in names]


def a_panel(
    database: Database, experts: Sequence[str], count: int = 4, *, name: str = "spring panel", **terms: float
) -> Overview:
    """A panel of `count` items, all of them unless a share is given."""
    settings: dict[str, float] = {"share": 1.0} | terms
    return create_panel(database, name, SOURCE, items(count), experts, Terms(**settings))  # type: ignore[arg-type]


def first(database: Database, account: Account, panel: Overview) -> str:
    """Id of the expert's first assignment."""
    return listing(database, account, panel.id)[0].id


def revision(database: Database, account: Account, assignment: str) -> int:
    """The revision that a write must build on."""
    return read(database, account, assignment).revision


WHOLE = Work(order=("B", "A", "C"), violations={"C": ("accuracy",)}, comment="C 有误", seconds=41.5)
