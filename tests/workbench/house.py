"""A newsroom with a real service and the real pages: what the tests of this folder ask and look at."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from caibian.records import Ranking
from caibian.storage import Database
from caibian.storage.accounts import create_account, find_account
from caibian.storage.assignments import View, listing, read
from caibian.storage.overviews import Overview
from caibian.storage.panels import NewItem, Source, Terms, create_panel
from caibian.storage.schema import Assignment, Item, Unblinding
from caibian.storage.standing import rankings

PASSWORD = "korrekt-pferd-batterie"
SYSTEMS = ("base", "tuned", "large", "larger")
RUBRIC = (
    ("accuracy", "事实准确：与来稿一致。", "Accuracy: agrees with the source."),
    ("concision", "凝练：没有多余的话。", "Concision: nothing that could be left out."),
)
STORY = "昨天上午，市政务服务和数据管理局介绍“一件事一次办”改革进展。全市共有87个事项纳入清单。\n\n" * 3


@dataclass
class House:
    """The service's database, and where service and pages are."""

    database: Database
    api: str
    pages: str
    _numbers: itertools.count = field(default_factory=itertools.count)

    def expert(self, name: str, *, role: str = "expert", language: str = "zh") -> str:
        """A new account; its name with a number, so that tests do not meet."""
        account, _ = create_account(
            self.database, f"{name}{next(self._numbers)}", role=role, language=language, password=PASSWORD
        )
        return account.name

    def panel(self, experts: Sequence[str], items: Sequence[NewItem]) -> Overview:
        """A panel in which every expert has every item."""
        terms = Terms(share=1.0, per_item=len(experts))
        return create_panel(
            self.database, f"评审{next(self._numbers)}", Source("spring", "ab" * 32), items, experts, terms
        )

    def ids(self, name: str, panel: Overview) -> list[str]:
        """The expert's assignments, in order."""
        account = find_account(self.database, name)
        assert account
        return [row.id for row in listing(self.database, account, panel.id)]

    def view(self, name: str, assignment: str) -> View:
        """What the service has of an assignment."""
        account = find_account(self.database, name)
        assert account
        return read(self.database, account, assignment)

    def systems(self, assignment: str) -> dict[str, str]:
        """Letter -> system, which the pages never tell."""
        with self.database.reading() as session:
            found = session.get_one(Assignment, assignment)
            rows = session.scalars(select(Unblinding).where(Unblinding.item_id == found.item_id))
            system = {row.key: row.system for row in rows}
            return {chr(ord("A") + seat): system[key] for seat, key in enumerate(found.seats)}

    def example(self, assignment: str) -> str:
        """The id of the example behind an assignment."""
        with self.database.reading() as session:
            item = session.get_one(Assignment, assignment).item_id
            return session.get_one(Item, item).example_id

    def handed_in(self, panel: Overview) -> dict[tuple[str, str], Ranking]:
        """(expert, example) -> what the database holds."""
        return {(one.judge, one.example_id): one for one in rankings(self.database, panel.id)}


def items(count: int, *, systems: Sequence[str] = SYSTEMS, **texts: str) -> list[NewItem]:
    """Items of two cards in turn; a keyword gives a system's answer to all of them."""
    return [
        NewItem(
            example_id=f"news/{number}",
            card="headline.news" if number % 2 else "summary.news",
            language="zh",
            instruction=f"请为第{number}篇稿件拟一个标题。",
            input=STORY,
            answers={
                one: texts.get(one, f"第{number}篇的答案，出自{place}") for place, one in enumerate(systems)
            },
            card_name_zh="新闻标题" if number % 2 else "新闻摘要",
            card_name_en="News headline" if number % 2 else "News summary",
            rubric=RUBRIC,
        )
        for number in range(count)
    ]
