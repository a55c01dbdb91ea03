"""What the stage makes of real archives; skipped where they are not at hand."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caibian.similarity import fold
from tests.corpus.helpers import curate
from tests.support import shared_data


def xinhua(**more: object) -> dict[str, object]:
    return {
        "path": str(shared_data("zh_news_xinhua_uhgeval.parquet")),
        "fields": {"title": "headLine", "body": ["newsBeginning", "newsRemainder"], "published_at": "broadcastDate"},
        "join": "",
        "import_rules": {"wire_slugs": True},
        **more,
    }  # fmt: skip


def test_xinhua_headlines_lose_their_slugs_and_repeated_ones_stand_on_one_side(tmp_path: Path) -> None:
    source = xinhua()
    originals = pq.read_table(str(source["path"]), columns=["headLine"]).column(0).to_pylist()
    articles, report = curate(
        tmp_path / "out",
        source,
        dedupe={"near": "keep", "exact": False},
        split={"test": 200, "validation": 50},
    )
    assert len(articles) == 1000
    assert report.metrics["split"] == {"train": 750, "validation": 50, "test": 200}
    opened = [o for o in originals if re.match(r"\s*[（(【［\[]", o) or re.match(r"\d+月\d+日特稿", o)]
    assert len(opened) == 843
    assert report.metrics["import"]["headlines_with_slug"] == 843
    assert sum(a.section is not None for a in articles) == 843
    assert not [
        a.title for a in articles if a.title and re.match(r"[（(【［\[]|\d+月\d+日特稿|特稿[:：]", a.title)
    ]
    assert all(a.title and len(a.title) >= 4 for a in articles)
    repeated = sum(n - 1 for n in Counter(originals).values())
    assert repeated == 14
    sides = defaultdict(set)
    for article in articles:
        sides[fold(article.title or "")].add(article.split)
    assert all(len(found) == 1 for found in sides.values())
    assert all(a.published_at is not None for a in articles)


def test_crud_dates_come_off_the_text(tmp_path: Path) -> None:
    table = pq.read_table(shared_data("zh_news_crud.parquet")).slice(0, 2000)
    pq.write_table(table, tmp_path / "crud.parquet")
    source = {
        "path": str(tmp_path / "crud.parquet"),
        "import_rules": {"date_prefix": True, "default_year": 2023},
    }
    articles, report = curate(tmp_path / "out", source)
    assert not [a.body for a in articles if re.search(r"正文[:：]", a.body[:100])]
    assert report.metrics["import"].get("dates_unreadable", 0) == 0
    assert sum(a.published_at is not None for a in articles) > 0.85 * len(articles)
    assert {a.published_at.year for a in articles if a.published_at} == {2023}


@pytest.mark.parametrize("name", ["en_news_bbc.parquet", "tasks/hi_news_category_bbc.parquet"])
def test_archives_in_other_languages_are_read(tmp_path: Path, name: str) -> None:
    language = Path(name).name[:2]
    table = pq.read_table(shared_data(name)).slice(0, 300)
    pq.write_table(table, tmp_path / "a.parquet")
    articles, report = curate(tmp_path / "out", tmp_path / "a.parquet", filters={"min_characters": 10})
    assert report.metrics["language"] == {language: len(articles)}
    assert len(articles) > 250
