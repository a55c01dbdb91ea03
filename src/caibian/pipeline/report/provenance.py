"""What a run was made of: weights, licences, versions, seeds, settings; and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from caibian.errors import CaibianError
from caibian.models.registry import registry
from caibian.pipeline.report.gather import Run, StageFiles
from caibian.pipeline.report.words import Two, name, pair
from caibian.records import SPLITS


@dataclass(frozen=True)
class Cost:
    """Time and memory of one stage, with bars as shares of the largest."""

    stage: str
    seconds: float
    memory_mb: float
    seconds_share: float
    memory_share: float


@dataclass(frozen=True)
class Weights:
    """One file of weights and what is known of it."""

    name: Two | str
    sha256: str | None
    licence: str | None = None
    licence_url: str | None = None
    detail: str = ""


def costs(run: Run) -> list[Cost]:
    """Seconds and peak memory of every finished stage."""
    reports = [(stage.name, stage.report) for stage in run.finished if stage.report]
    longest = max((report.seconds for _, report in reports), default=0) or 1.0
    largest = max((report.peak_memory_mb for _, report in reports), default=0) or 1.0
    return [
        Cost(
            stage,
            report.seconds,
            report.peak_memory_mb,
            100 * report.seconds / longest,
            100 * report.peak_memory_mb / largest,
        )
        for stage, report in reports
    ]


def weights(run: Run, table: Mapping[str, Any] | None) -> list[Weights]:
    """The base model's file, the adapter and the exported files, each with its SHA-256."""
    found: list[Weights] = []
    reference = str(run.facts.get("model") or run.recipe.get("model") or "")
    models = (table or {}).get("models") or {}
    before, after = (models.get(key) or {} for key in ("before", "after"))
    base = {"sha256": before.get("sha256"), **_identity_of_weights(run)}
    if reference or before:
        found.append(_base(reference or str(before.get("name", "")), base, str(before.get("backend") or "")))
    if after.get("adapter_sha256"):
        found.append(Weights(name("weights", "adapter"), str(after["adapter_sha256"])))
    exported = run.stages["export"].json("model.json") if "export" in run.stages else None
    known = {one.sha256 for one in found}
    found += [w for w in _exported(exported or {}) if w.sha256 not in known]
    return found


def _base(reference: str, facts: Mapping[str, Any], backend: str) -> Weights:
    """The base weights: by their hash among the registered ones, else as they are known on this machine."""
    digest = facts.get("sha256")
    registered = next((one for one in registry().weights if digest and one.sha256 == digest), None)
    if registered:
        return Weights(registered.title, digest, registered.licence, registered.licence_url, backend)
    revision = str(facts.get("revision") or "")
    licence = url = None
    try:
        from caibian.models import weights as shelf

        known = shelf.describe(reference)
        licence, url = known.licence, known.licence_url
    except CaibianError:
        pass  # not on this machine any more; the page shows what the run recorded
    return Weights(reference, str(digest) if digest else None, licence, url, revision or backend)


def _identity_of_weights(run: Run) -> dict[str, Any]:
    for stage in run.stages.values():
        identity = stage.json("identity.json") or {}
        if isinstance(identity.get("weights"), dict):
            return {str(k): v for k, v in identity["weights"].items()}
    return {}


def _exported(value: Any, key: str = "") -> list[Weights]:
    """Every file of `model.json` that stands there with its hash: alone, or in a mapping by file name."""
    if not isinstance(value, dict):
        return []
    found: list[Weights] = []
    hashes = value.get("sha256")
    if isinstance(hashes, str):
        where = value.get("path") or value.get("name") or key
        found.append(Weights(str(where).rpartition("/")[2], hashes))
    elif isinstance(hashes, dict):
        found += [Weights(str(file), str(digest)) for file, digest in hashes.items()]
    for inner, item in value.items():
        found += [] if inner == "sha256" else _exported(item, str(inner))
    return found


def versions(run: Run) -> tuple[list[tuple[str, str]], list[tuple[str, list[tuple[str, str]]]]]:
    """The libraries all stages agree on, and those they do not: name -> (stage, version)."""
    seen: dict[str, dict[str, str]] = {}
    for stage in run.finished:
        for library, version in (stage.report.versions if stage.report else {}).items():
            seen.setdefault(library, {})[stage.name] = version
    order = sorted(seen, key=lambda library: (library not in ("caibian", "python", "torch"), library))
    same = [(lib, next(iter(seen[lib].values()))) for lib in order if len(set(seen[lib].values())) == 1]
    return same, [(lib, list(seen[lib].items())) for lib in order if len(set(seen[lib].values())) > 1]


def licences(run: Run) -> list[tuple[str, str, int]]:
    """(source, licence, articles) of the texts that went on from the corpus stage; "" where not stated."""
    columns = _articles(run, ["source", "licence"])
    if columns is None:
        return []
    filled = columns.set_column(0, "source", pc.fill_null(columns["source"], ""))
    filled = filled.set_column(1, "licence", pc.fill_null(columns["licence"], ""))
    rows = filled.group_by(["source", "licence"]).aggregate([([], "count_all")]).to_pylist()
    counted = ((row["source"], row["licence"], row["count_all"]) for row in rows)
    return sorted(counted, key=lambda row: (-row[2], row[0], row[1]))


def article_splits(run: Run) -> dict[str, int]:
    """Articles in each split."""
    columns = _articles(run, ["split"])
    if columns is None:
        return {}
    counts = {row["values"]: row["counts"] for row in pc.value_counts(columns["split"]).to_pylist()}
    return {split: counts.get(split, 0) for split in SPLITS}


def example_splits(run: Run) -> list[tuple[Two, dict[str, int]]]:
    """Examples of each card and dataset in each split."""
    stage = run.stages.get("instructions")
    if stage is None:
        return []
    cards = stage.metric("cards")
    parts = (
        [(pair(one.get("name"), card), one) for card, one in cards.items()] if isinstance(cards, dict) else []
    )
    parts += [(pair(one["name"], one["dataset"]), one) for one in stage.metric("datasets") or []]
    return [
        (name, {split: int(figures["examples"].get(split, 0)) for split in SPLITS})
        for name, figures in parts
        if isinstance(figures, dict) and isinstance(figures.get("examples"), dict)
    ]


def settings(run: Run) -> list[tuple[str, str]]:
    """Every setting of each stage as YAML, defaults included, where the stage recorded them."""
    found = []
    for stage in run.stages.values():
        identity = stage.json("identity.json") or {}
        if isinstance(identity.get("settings"), dict):
            found.append(
                (stage.name, yaml.safe_dump(identity["settings"], allow_unicode=True, sort_keys=False))
            )
    return found


def _articles(run: Run, columns: Iterable[str]) -> pa.Table | None:
    stage: StageFiles | None = run.stages.get("corpus")
    if stage is None or stage.folder is None or not stage.report:
        return None
    try:
        tables = [
            pq.read_table(file, columns=list(columns))
            for file in sorted((stage.folder / "articles").glob("*.parquet"))
        ]
    except (OSError, KeyError, pa.ArrowInvalid) as error:
        run.problems.append(f"{stage.folder.name}/articles: {str(error).splitlines()[0]}")
        return None
    return pa.concat_tables(tables) if tables else None
