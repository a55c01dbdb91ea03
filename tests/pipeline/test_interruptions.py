"""Ctrl-C at any moment, kill -9 at any moment, then the same command: the same result."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from caibian.errors import RunLocked
from caibian.pipeline.rundir import RunDirectory
from tests.pipeline import tiny

_OUTPUTS = ("01-*/articles/*.parquet",)
# Many small shards: long enough to be interrupted in the middle of its work.
_SLOW_CORPUS = ("--set", "corpus.shard_rows=5")
_ARTICLES = 500


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The outputs of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("undisturbed")
    tiny.project(folder, _ARTICLES, instructions=None)
    tiny.caibian(folder, "run", "tiny.yaml", *_SLOW_CORPUS)
    return tiny.files_under(folder / "runs" / "tiny", _OUTPUTS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tiny.project(tmp_path, _ARTICLES, instructions=None)
    return tmp_path


def in_the_middle_of_corpus(folder: Path) -> bool:
    return len(list(folder.glob("runs/tiny/01-corpus-*/work/*.parquet"))) >= 3


def no_longer(process: psutil.Process, seconds: float = 20) -> bool:
    try:
        process.wait(seconds)
    except psutil.TimeoutExpired:
        return False
    return True


def test_after_kill_9_in_the_corpus_the_same_command_ends_with_the_same_bytes(
    project: Path, undisturbed: dict[str, bytes]
) -> None:
    process = tiny.start(project, "run", "tiny.yaml", *_SLOW_CORPUS)
    tiny.wait_for(lambda: in_the_middle_of_corpus(project), process)
    (stage,) = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert no_longer(stage), "the stage outlived the run that was killed"
    assert not (tiny.stage_folder(project, "corpus") / "DONE").exists()
    shards = {
        f: f.stat().st_mtime_ns for f in tiny.stage_folder(project, "corpus").glob("work/*-000001.parquet")
    }
    assert shards

    dry = tiny.caibian(project, "run", "tiny.yaml", *_SLOW_CORPUS, "--dry-run")
    assert "goes on  corpus" in dry
    assert "was interrupted" in dry
    output = tiny.caibian(project, "run", "tiny.yaml", *_SLOW_CORPUS)
    assert "[1/1] corpus: goes on (was interrupted)" in output
    assert tiny.files_under(project / "runs" / "tiny", _OUTPUTS) == undisturbed


def test_ctrl_c_stops_at_once_says_how_to_go_on_and_loses_nothing(
    project: Path, undisturbed: dict[str, bytes]
) -> None:
    process = tiny.start(project, "run", "tiny.yaml", *_SLOW_CORPUS)
    tiny.wait_for(lambda: in_the_middle_of_corpus(project), process)
    below = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped. What was finished is kept; the same command goes on from here." in output
    assert "Traceback" not in output
    assert all(no_longer(one, 1) for one in below)
    state = json.loads((project / "runs" / "tiny" / "run.json").read_text(encoding="utf-8"))
    assert state["stages"][0]["status"] == "interrupted"
    folder = tiny.stage_folder(project, "corpus")
    (attempt,) = json.loads((folder / "attempts.json").read_text(encoding="utf-8"))
    output = tiny.caibian(project, "run", "tiny.yaml", *_SLOW_CORPUS)
    assert "corpus: goes on" in output
    assert tiny.files_under(project / "runs" / "tiny", _OUTPUTS) == undisturbed
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["seconds"] > attempt["seconds"] > 0, "the seconds of interrupted attempts count"
    assert any("2 attempts" in note for note in report["notes"])


def test_a_stage_whose_process_is_killed_is_reported_as_such(project: Path) -> None:
    process = tiny.start(project, "run", "tiny.yaml", *_SLOW_CORPUS)
    tiny.wait_for(lambda: in_the_middle_of_corpus(project), process)
    (stage,) = psutil.Process(process.pid).children()
    stage.kill()
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert (
        "error: corpus: its process was killed from outside; most often there was too little memory" in output
    )
    assert "goes on  corpus" in tiny.caibian(project, "run", "tiny.yaml", *_SLOW_CORPUS, "--dry-run")


def test_two_runs_do_not_share_a_directory(project: Path) -> None:
    first = tiny.start(project, "run", "tiny.yaml", *_SLOW_CORPUS)
    try:
        tiny.wait_for(lambda: in_the_middle_of_corpus(project), first)
        began = time.monotonic()
        output = tiny.caibian(project, "run", "tiny.yaml", status=1)
        assert f"another run (process {first.pid}) works in this directory" in output
        assert time.monotonic() - began < 10
    finally:
        first.kill()
        first.wait()


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    directory.path.mkdir()
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    (directory.path / ".lock").write_text(str(child), encoding="ascii")
    with directory.lock():
        assert (directory.path / ".lock").read_text(encoding="ascii") == str(os.getpid())


def test_a_lock_that_is_held_names_its_holder(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "run")
    with (
        directory.lock(),
        pytest.raises(RunLocked, match=f"process {os.getpid()}"),
        directory.lock(),
    ):
        pass
