"""A panel with items to rank, past the service."""

from __future__ import annotations

from benchmarks.load.house import House
from benchmarks.load.people import STORY


def a_panel(house: House, count: int) -> None:
    """Give the house's expert so many items to rank."""
    from caibian.storage.panels import NewItem, Source, Terms, create_panel

    rubric = (("accuracy", "准确", "Accuracy"), ("concision", "简洁", "Concision"))
    items = [
        NewItem(
            example_id=f"e{number}",
            card="headline.news",
            language="zh",
            instruction="请为下面的稿件拟一个标题。",
            input=STORY,
            answers={system: f"图书馆开馆 {system} {number}" for system in ("base", "tuned", "larger")},
            card_name_zh="新闻标题",
            card_name_en="News headline",
            rubric=rubric,
        )
        for number in range(count)
    ]
    database = house.open()
    try:
        create_panel(database, "load", Source("load", "ab" * 32), items, ["expert"], Terms(share=1.0))
    finally:
        database.close()
