"""The stage as a whole: deterministic, resumable after any interruption, honest in its report."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from caibian import records
from caibian.corpus import CorpusConfig, config
from caibian.corpus import run as stage
from caibian.progress import Context
from caibian.records import ARTICLE_SCHEMA, Article, read_parquet
from tests.corpus.helpers import curate, snapshot, story, write_jsonl

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Forty stories in two files, with copies, broken lines and repeated headlines."""
    rows: list[Any] = [{"text": story(i), "title": f"标题{i % 11}号新闻内容摘要"} for i in range(20)]
    rows += [{"text": story(3)}, "{broken", {"text": "短"}, {"title": "无"}]
    write_jsonl(tmp_path / "in" / "a.jsonl", rows)
    write_jsonl(tmp_path / "in" / "b.jsonl", [{"text": story(i)} for i in range(15, 35)])
    (tmp_path / "in" / "c.txt").write_text(story(99), encoding="gb18030")
    return tmp_path / "in"


def test_the_output_has_the_schema_of_articles_and_no_leftovers(tmp_path: Path, archive: Path) -> None:
    curate(tmp_path / "out", archive, shard_rows=6)
    files = sorted((tmp_path / "out" / "articles").iterdir())
    assert len(files) > 3
    assert all(pq.read_schema(file).equals(ARTICLE_SCHEMA) for file in files)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["articles"]


def test_every_row_is_accounted_for(tmp_path: Path, archive: Path) -> None:
    articles, report = curate(tmp_path / "out", archive, shard_rows=6)
    assert report.rows_in == 24 + 20 + 1
    assert report.dropped == {"duplicate": 6, "broken_line": 1, "too_short": 1, "missing_body": 1}
    assert report.rows_out == len(articles) == 36
    assert report.rows_in == report.rows_out + sum(report.dropped.values())
    assert sum(report.metrics["split"].values()) == 36
    assert report.metrics["characters"]["total"] == sum(len(a.body) for a in articles)
    assert report.artefacts == {"articles": "articles"}
    assert report.seed == 0
    json.loads(report.model_dump_json())


def test_two_runs_give_the_same_bytes_whatever_the_workers(tmp_path: Path, archive: Path) -> None:
    _, one = curate(tmp_path / "one", archive, shard_rows=6)
    _, two = curate(tmp_path / "two", archive, shard_rows=6, workers=2)
    assert snapshot(tmp_path / "one" / "articles") == snapshot(tmp_path / "two" / "articles")
    assert one == two


def test_the_size_of_shards_changes_no_article(tmp_path: Path, archive: Path) -> None:
    small, _ = curate(tmp_path / "one", archive, shard_rows=1)
    large, _ = curate(tmp_path / "two", archive)
    assert small == large


@pytest.mark.parametrize("fail_at", [1, 3, 6])
def test_a_run_that_failed_half_way_goes_on_and_redoes_nothing(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    _, whole = curate(tmp_path / "whole", archive, shard_rows=6)
    made: list[Path] = []
    real = stage.make_shard

    def failing(*arguments: Any) -> int:
        if len(made) == fail_at:
            raise KeyboardInterrupt
        made.append(arguments[-1])
        return real(*arguments)

    monkeypatch.setattr(stage, "make_shard", failing)
    with pytest.raises(KeyboardInterrupt):
        curate(tmp_path / "out", archive, shard_rows=6)
    before = list(made)
    fail_at = -1
    _, resumed = curate(tmp_path / "out", archive, shard_rows=6)
    assert len(made) == len(set(made))  # no shard was made twice
    assert before == made[: len(before)]
    assert snapshot(tmp_path / "out" / "articles") == snapshot(tmp_path / "whole" / "articles")
    assert resumed == whole


def test_other_settings_on_the_same_folder_start_anew(tmp_path: Path, archive: Path) -> None:
    settings = CorpusConfig.model_validate({"sources": [{"path": str(archive)}], "shard_rows": 6})
    work = stage._work_folder(settings, stage.find_units(0, settings.sources[0]), tmp_path / "out")
    (work / "000000-000001.parquet").write_bytes(b"of other settings")
    articles, _ = curate(tmp_path / "out", archive, shard_rows=7)
    assert len(articles) == 36


KILLED = """
import sys, time
from pathlib import Path
from caibian.corpus import run as stage
from tests.corpus.helpers import curate
real = stage.make_shard
def slow(*arguments):
    time.sleep(0.05)  # so that the kill finds it at work
    return real(*arguments)
stage.make_shard = slow
curate(Path(sys.argv[1]), Path(sys.argv[2]), shard_rows=4)
"""


def test_kill_9_and_the_same_command_give_the_bytes_of_an_undisturbed_run(
    tmp_path: Path, archive: Path
) -> None:
    _, whole = curate(tmp_path / "whole", archive, shard_rows=4)
    out = tmp_path / "out"
    for shards in (2, 5, 8):  # kill it again and again, each time a little later
        command = [sys.executable, "-c", KILLED, str(out), str(archive)]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(list(out.glob("work/*.parquet"))) < shards and process.poll() is None:
            assert time.monotonic() < deadline, "the run made no shard within a minute"
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert len(list(out.glob("work/*.parquet"))) >= 8
    _, resumed = curate(out, archive, shard_rows=4)
    assert snapshot(out / "articles") == snapshot(tmp_path / "whole" / "articles")
    assert resumed == whole


def test_a_registered_dataset_is_a_source(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caibian import datasets
    from caibian.records import to_table, write_parquet

    given = [
        Article(id=str(i), body=story(i), licence="CC0", labels={"sentiment": "neutral"}) for i in range(5)
    ]
    path = tmp_path / "given.parquet"
    write_parquet(path, to_table(given, Article))
    monkeypatch.setattr(datasets, "open_dataset", lambda name, **_: {"tiny-news": path}[name])
    articles, report = curate(tmp_path / "out", {"dataset": "tiny-news"})
    assert [(a.id, a.body, a.labels) for a in articles] == [(a.id, a.body, a.labels) for a in given]
    assert report.metrics["licence"] == {"CC0": 5}


def test_progress_counts_what_is_read(
    tmp_path: Path, archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from caibian.progress import Progress

    settings = CorpusConfig.model_validate({"sources": [{"path": str(archive)}]})
    stage.run(settings, {}, tmp_path / "out", Context(progress=Progress("plain", sys.stdout)))
    assert "Reading articles: 45" in capsys.readouterr().out


def test_settings_are_light_to_import() -> None:
    code = (
        "import sys, caibian.corpus, caibian.corpus.config\n"
        "print({'torch', 'pyarrow', 'numpy', 'trafilatura', 'rensa', 'sklearn', 'jieba'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_languages_of_the_settings_are_those_of_the_records() -> None:
    assert config.Language == records.Language


def test_every_setting_is_described() -> None:
    schema = CorpusConfig.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    missing = [
        f"{m['title']}.{name}"
        for m in models
        for name, field in m["properties"].items()
        if "description" not in field
    ]
    assert missing == []


def test_articles_read_back_as_they_were_written(tmp_path: Path, archive: Path) -> None:
    articles, _ = curate(tmp_path / "out", archive)
    assert read_parquet(tmp_path / "out" / "articles", Article) == articles
    assert all(a.split in ("train", "validation", "test") and a.cluster for a in articles)
