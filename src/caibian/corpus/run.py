"""The corpus stage: read, clean, judge, dedupe, split, write."""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caibian.corpus.config import CorpusConfig
from caibian.corpus.dedupe import Rows, join_titles, unique_ids, unique_rows
from caibian.corpus.readers import Unit, find_units, read_unit
from caibian.corpus.rows import RawBatch
from caibian.corpus.shards import CONTENT, SIGNATURE, Tally, make_shard, read_index, read_tally
from caibian.corpus.split import assign, draw_order
from caibian.corpus.summary import summarize
from caibian.errors import EmptyResult
from caibian.files import write_json
from caibian.progress import Context, Task
from caibian.records import ARTICLE_SCHEMA, Report, write_parquet


def run(config: CorpusConfig, inputs: Mapping[str, Path], out: Path, context: Context) -> Report:
    """Turn raw archives into curated Parquet shards `articles/*.parquet` (ARTICLE_SCHEMA).

    Every dropped row is counted under the first reason that refused it. A run that was killed goes on at the
    first batch it had not finished, and ends with the same bytes as an undisturbed one.

    Raises:
        InputError: a source has no files, or its only file cannot be read.
        ConfigError: the split asks for more articles than there are.
        EmptyResult: nothing was left; the message names what took it all.
    """
    seed = context.seed if config.seed is None else config.seed
    units = [
        unit
        for index, source in enumerate(config.sources)
        for unit in find_units(index, source, context.progress)
    ]
    work = _work_folder(config, units, out)
    with context.progress.task("Reading articles") as task:
        shards = _make_shards(config, units, work, task)
    tally = Tally()
    for shard in shards:
        tally.merge(read_tally(shard))
    tally.dropped.update(tally.problems.counts())
    with context.progress.task("Finding duplicates, splitting") as task:
        decisions = _decide(config, shards, seed, tally)
        task.advance(len(decisions.rows))
    articles = out / "articles"
    with context.progress.task("Writing articles", total=len(decisions.rows)) as task:
        _write(shards, decisions, articles, task)
    report = summarize(config, articles, tally, decisions, units, seed)
    shutil.rmtree(work)
    return report


@dataclass(frozen=True)
class Decisions:
    """What stays, in reading order: row numbers over all shards, and each row's id, cluster and side."""

    rows: Rows
    ids: list[str]
    clusters: list[str]
    sides: list[str]
    derived_ids: int
    moved: int


def _work_folder(config: CorpusConfig, units: list[Unit], out: Path) -> Path:
    """The folder of unfinished work; emptied when settings or files are not those it was begun with."""
    work = out / "work"
    files = [
        [unit.source, unit.type, name, (stat := path.stat()).st_size, stat.st_mtime_ns]
        for unit in units
        for path, name in unit.files
    ]
    settings = config.model_dump(mode="json", exclude={"workers"})
    plan = json.loads(json.dumps({"config": settings, "files": files}))
    written = work / "plan.json"
    if not written.is_file() or json.loads(written.read_text(encoding="utf-8")) != plan:
        for folder in (work, out / "articles"):
            if folder.exists():
                shutil.rmtree(folder)
        write_json(written, plan)
    return work


def _make_shards(config: CorpusConfig, units: list[Unit], work: Path, task: Task) -> list[Path]:
    """Read, clean and judge every unit; what an earlier run finished is taken as it is."""
    with ExitStack() as stack:
        pool = stack.enter_context(_Pool(config.workers, task))
        for number, unit in enumerate(units):
            task.note(unit.name)
            done = work / f"{number:06d}.json"
            if done.is_file():
                continue
            batches = 0
            for batches, item in enumerate(_work_items(config, unit), start=1):
                target = work / f"{number:06d}-{batches:06d}.parquet"
                if not target.is_file():
                    source = config.sources[unit.source]
                    pool.submit(item, source, config.filters, config.shard_rows, target)
            pool.wait()
            write_json(done, {"batches": batches})
    return sorted(work.glob("*.parquet"))


def _work_items(config: CorpusConfig, unit: Unit) -> Iterator[RawBatch | Unit]:
    """Tables are read here, batch by batch; texts and pages, whose reading is the work, by who makes the shard."""
    if unit.is_table:
        yield from read_unit(unit, config.sources[unit.source], config.shard_rows)
    else:
        yield unit


class _Pool:
    """Makes shards here, or in processes of its own with few batches waiting, so that memory stays bounded."""

    def __init__(self, workers: int, task: Task) -> None:
        self._task = task
        self._waiting: deque[Future[int]] = deque()
        self._limit = 2 * workers
        self._pool: ProcessPoolExecutor | None = None
        if workers > 1:
            import multiprocessing

            # Not fork: Arrow and Rust keep threads, and a forked child may inherit their locks.
            self._pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def submit(self, *arguments: Any) -> None:
        """Make one shard, now or soon."""
        if self._pool is None:
            self._task.advance(make_shard(*arguments))
            return
        while len(self._waiting) >= self._limit:
            self._task.advance(self._waiting.popleft().result())
        self._waiting.append(self._pool.submit(make_shard, *arguments))

    def wait(self) -> None:
        """Return when all shards are made; an error of one is raised here."""
        while self._waiting:
            self._task.advance(self._waiting.popleft().result())


def _decide(config: CorpusConfig, shards: list[Path], seed: int, tally: Tally) -> Decisions:
    """Dedupe, draw and split over all articles; what is dropped is counted in the tally."""
    if not shards:
        raise EmptyResult(_nothing_left(tally))
    index, signatures = read_index(shards)
    contents = index.column(CONTENT).to_pylist()
    rows, clusters = unique_rows(contents, signatures, config.dedupe, tally.dropped)
    if not len(rows):
        raise EmptyResult(_nothing_left(tally))
    ids, derived = unique_ids(_take(index, "id", rows), [contents[row] for row in rows])
    if config.max_articles and len(rows) > config.max_articles:
        order = sorted(range(len(rows)), key=lambda position: draw_order(seed, ids[position]))
        drawn = np.array(sorted(order[: config.max_articles]), dtype=np.int64)
        tally.dropped["over_max_articles"] += len(rows) - len(drawn)
        rows, clusters, ids = rows[drawn], clusters[drawn], [ids[position] for position in drawn]
    joined = join_titles(_take(index, "title", rows), clusters, config.dedupe.titles)
    names = [ids[first] for first in joined.tolist()]
    assignment = assign(names, _take(index, "split", rows), config.split, seed)
    return Decisions(rows, ids, names, assignment.sides, derived, assignment.moved)


def _take(index: pa.Table, column: str, rows: Rows) -> list[Any]:
    values: list[Any] = index.column(column).take(pa.array(rows)).to_pylist()
    return values


def _nothing_left(tally: Tally) -> str:
    reasons = ", ".join(f"{reason} {rows}" for reason, rows in tally.dropped.most_common())
    if not tally.rows_in:
        return "corpus: the sources hold no rows at all"
    places = "; ".join(tally.problems.sentences()[:5])
    return f"corpus: nothing is left of {tally.rows_in} rows: {reasons}" + (f" ({places})" if places else "")


def _write(shards: list[Path], decisions: Decisions, articles: Path, task: Task) -> None:
    """Write each shard's remaining articles with their ids, clusters and sides, in reading order."""
    begin = part = 0
    positions = decisions.rows
    for shard in shards:
        rows = pq.read_metadata(shard).num_rows
        low, high = np.searchsorted(positions, [begin, begin + rows]).tolist()
        begin += rows
        if low == high:
            continue
        target = articles / f"part-{part:06d}.parquet"
        part += 1
        task.advance(high - low)
        if target.is_file():
            continue
        table = pq.read_table(shard).drop_columns([CONTENT, SIGNATURE])
        table = table.take(pa.array(positions[low:high] - (begin - rows)))
        for name, values in (
            ("id", decisions.ids),
            ("cluster", decisions.clusters),
            ("split", decisions.sides),
        ):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, ARTICLE_SCHEMA.field(name), pa.array(values[low:high], pa.string()))
        write_parquet(target, table.replace_schema_metadata(None).cast(ARTICLE_SCHEMA))
