"""What people were told is kept, and whether it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load.asking import Asker
from benchmarks.load.house import House


@dataclass
class Told:
    """What people were told is kept; checked afterwards."""

    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)  # id -> the last one acknowledged
    comments: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # draft -> ids
    examined: Counter[str] = field(default_factory=Counter)  # draft -> entries
    feedback: list[str] = field(default_factory=list)  # ids
    articles: list[str] = field(default_factory=list)  # ids
    rankings: dict[str, list[str]] = field(default_factory=dict)  # assignment -> order

    def draft(self, draft: dict[str, Any]) -> dict[str, Any]:
        """Note a draft as it was answered; gives it back."""
        self.drafts[draft["id"]] = {name: draft[name] for name in ("title", "body", "revision", "state")}
        return draft

    @property
    def count(self) -> int:
        """How many things."""
        kept = (self.drafts, self.feedback, self.articles, self.rankings)
        return sum(map(len, kept)) + sum(map(len, self.comments.values())) + sum(self.examined.values())


async def lost(told: Told, asker: Asker) -> list[str]:
    """What people were told is kept, and is not there, or not as it was told."""
    found: list[str] = []
    for id, was in told.drafts.items():
        is_ = await asker.ask("editor", "GET", f"/v1/drafts/{id}")
        # A change that was carried out and never answered may have followed.
        if is_["revision"] < was["revision"]:
            found.append(f"draft {id}: revision {was['revision']} was told, {is_['revision']} is there")
        elif is_["revision"] == was["revision"] and any(is_[name] != was[name] for name in was):
            found.append(f"draft {id}: another one than was told")
        notes = [note["id"] for note in is_["notes"]]
        found += [f"comment {one}" for one in told.comments[id] if one not in notes]
        if len({note["text"] for note in is_["notes"]}) != len(notes):
            found.append(f"draft {id}: a comment that was sent twice is there twice")
        if is_["examined"] < told.examined[id]:
            found.append(f"draft {id}: an examination")
    for id in told.articles:
        status, _ = await asker.answer("reporter", "GET", f"/v1/articles/{id}")
        found += [f"article {id}"] if status != 200 else []
    for id, order in told.rankings.items():
        is_ = await asker.ask("expert", "GET", f"/v1/panel/assignments/{id}")
        if is_["state"] != "ranked" or is_["draft"]["order"] != order:
            found.append(f"ranking {id}")
    return found + _lost_feedback(asker.house, told.feedback)


def _lost_feedback(house: House, told: list[str]) -> list[str]:
    """No route reads single feedback back, so the table is asked."""
    from sqlalchemy import select

    from caibian.storage.newsroom.tables import FeedbackRow

    database = house.open()
    try:
        with database.reading() as session:
            kept = set(session.scalars(select(FeedbackRow.id)))
    finally:
        database.close()
    return [f"feedback {id}" for id in told if id not in kept]
