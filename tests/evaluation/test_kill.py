"""`kill -9` in the middle of an evaluation costs at most one shard, and not a digit of the result."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.evaluation.slow_run import main
from tests.evaluation.support import write_inputs
from tests.support import ROOT

_SHARDS = 12  # 2 systems x 2 cards x 3
_DEADLINE = 120.0  # seconds; starting Python with its libraries on a busy machine takes a few


@pytest.mark.parametrize("shards_before_kill", [1, 8])
def test_a_killed_evaluation_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, shards_before_kill: int
) -> None:
    write_inputs(tmp_path / "in")
    main(tmp_path / "in", tmp_path / "whole", 0.0)
    killed = tmp_path / "killed"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.evaluation.slow_run", str(tmp_path / "in"), str(killed), "0.02"],
        cwd=ROOT,
    )
    try:
        began = time.monotonic()
        while len(list(killed.glob("shards/*/*.parquet"))) < shards_before_kill:
            assert child.poll() is None, "it ended before it could be killed"
            assert time.monotonic() - began < _DEADLINE
            time.sleep(0.01)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    kept = {path: path.stat().st_mtime_ns for path in killed.glob("shards/*/*.parquet")}
    assert shards_before_kill <= len(kept) < _SHARDS
    assert not (killed / "table.json").exists()

    main(tmp_path / "in", killed, 0.0)
    assert len(list(killed.glob("shards/*/*.parquet"))) == _SHARDS
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "finished shards were made again"
    for file in ("table.json", "samples.json"):
        assert (killed / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
