"""What the evaluation takes from the corpus itself: publication times, and labels for a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow.dataset as ds

from caibian.evaluation.table import Labelled
from caibian.records import ARTICLE_SCHEMA, Article, Example, from_table
from caibian.tasks import TaskCard, extract


def publication_times(corpus: Path, examples: Sequence[Example]) -> dict[str, datetime]:
    """Example id -> when its (first) article was published, where the corpus knows; resolves 昨天 and 周三."""
    by_article: dict[str, list[str]] = {}
    for example in examples:
        if example.source_ids:
            by_article.setdefault(example.source_ids[0], []).append(example.id)
    if not by_article:  # rows of labelled datasets: an empty list has no type that Arrow could compare with
        return {}
    rows = _articles(corpus).to_table(
        columns=["id", "published_at"],
        filter=ds.field("id").isin(list(by_article)) & ds.field("published_at").is_valid(),
    )
    return {
        example: row["published_at"] for row in rows.to_pylist() for example in by_article[str(row["id"])]
    }


def labelled_articles(card: TaskCard, corpus: Path, max_chars: int) -> Labelled:
    """Every training article that has a label of the card, its text put together as the card builds its input.

    max_chars: texts are cut to this length, that of the longest input the examples have, so that the
    baseline trains on what it is tested on.
    """
    if card.build is None or not card.build.output.startswith("label."):
        return Labelled([], [])
    name = card.build.output.removeprefix("label.")
    parts = [part for field in card.build.input.values() for part in field]
    rows = _articles(corpus).to_table(
        columns=["id", "title", "body", "language", "labels"], filter=ds.field("split") == "train"
    )
    texts, labels = [], []
    for article in from_table(rows, Article):
        label = extract(card, article.labels.get(name, ""), article.language or "zh")
        if label is not None:
            values = (getattr(article, part) for part in parts)
            texts.append("\n".join(value for value in values if value)[:max_chars])
            labels.append(label)
    return Labelled(texts, labels)


def _articles(corpus: Path) -> ds.Dataset:
    return ds.dataset(sorted(map(str, (corpus / "articles").glob("*.parquet"))), schema=ARTICLE_SCHEMA)
