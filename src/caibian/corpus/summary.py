"""What the corpus stage did, in figures for the report page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from caibian.corpus.config import CorpusConfig
from caibian.corpus.readers import Unit
from caibian.corpus.shards import Tally
from caibian.records import SPLITS, Report

if TYPE_CHECKING:
    from caibian.corpus.run import Decisions

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_NAMED = 20  # sections and sources listed by name; the page says how many more there are


def summarize(
    config: CorpusConfig, articles: Path, tally: Tally, decisions: Decisions, units: list[Unit], seed: int
) -> Report:
    """Count what was written and collect what the reader of the report must know."""
    columns: dict[str, Counter[str]] = {
        name: Counter() for name in ("language", "section", "source", "licence")
    }
    lengths: list[int] = []
    titles = dated = 0
    for file in sorted(articles.glob("*.parquet")):
        table = pq.read_table(file, columns=["body", "title", "published_at", *columns])
        for name, counter in columns.items():
            counter.update(value or "unknown" for value in table.column(name).to_pylist())
        lengths += [len(body) for body in table.column("body").to_pylist()]
        titles += len(table) - table.column("title").null_count
        dated += len(table) - table.column("published_at").null_count
    sizes = Counter(decisions.clusters)
    sides = Counter(decisions.sides)
    metrics: dict[str, Any] = {
        "files": sum(len(unit.files) for unit in units),
        "split": {side: sides[side] for side in SPLITS},
        "language": dict(columns["language"].most_common()),
        "licence": dict(columns["licence"].most_common()),
        "source": dict(columns["source"].most_common(_NAMED)),
        "section": dict(columns["section"].most_common(_NAMED)),
        "sections": len(columns["section"]),
        "characters": {f"p{round(q * 100)}": int(np.quantile(lengths, q, method="lower")) for q in _QUANTILES}
        | {"total": sum(lengths)},
        "with_title": titles,
        "with_date": dated,
        "clusters": len(sizes),
        "articles_in_shared_clusters": sum(size for size in sizes.values() if size > 1),
        "ids_derived": decisions.derived_ids,
        "moved_from_published_side": decisions.moved,
        "import": dict(sorted(tally.counts.items())),
    }
    return Report(
        stage="corpus",
        rows_in=tally.rows_in,
        rows_out=len(decisions.rows),
        dropped={reason: rows for reason, rows in tally.dropped.most_common() if rows},
        metrics=metrics,
        artefacts={"articles": "articles"},
        notes=_notes(tally, decisions, units, sides),
        seed=seed,
    )


def _notes(tally: Tally, decisions: Decisions, units: list[Unit], sides: Counter[str]) -> list[str]:
    notes = tally.problems.sentences()
    notes += [
        f"{name}: the file is empty"
        for unit in units
        if unit.is_table
        for path, name in unit.files
        if not path.stat().st_size
    ]
    if decisions.derived_ids:
        notes.append(f"{decisions.derived_ids} articles had the id of another text and got a derived id.")
    if decisions.moved:
        notes.append(
            f"{decisions.moved} articles left the side their publisher gave them, because a near-duplicate text "
            "or headline stands on another."
        )
    if unreadable := tally.counts["dates_unreadable"]:
        notes.append(f"{unreadable} dates could not be read; those articles have none.")
    notes += [f"The split has no {side} articles." for side in SPLITS if not sides[side]]
    return notes
