"""Reading files in a child process that is watched: one that hangs, swells or crashes costs its file, nothing else."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from caibian.api.articles import Dropped
from caibian.records import Article
from caibian.service.newsroom.imports.dropping import dropped
from caibian.service.newsroom.imports.reading import Incoming

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")
"""What a reader may know of our surroundings: no keys and no passwords."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long reading may take."""

    one: float = 30.0  # seconds between two signs of life; the first one includes the start of Python
    all: float = 300.0  # seconds of a whole import
    starts: int = 6  # of readers; an import that kills more is given up


def read_files(
    files: Sequence[Incoming], folder: Path, patience: Patience | None = None
) -> Iterator[Article | Dropped]:
    """The articles of files, and what was left out, as they are found."""
    patience = patience or Patience()
    until = time.monotonic() + patience.all
    at, unpacked, name = [-1, -1], 0, ""
    for _ in range(patience.starts):
        job = {
            "files": [asdict(file) for file in files],
            "folder": str(folder),
            "after": at,
            "unpacked": unpacked,
        }
        reader = _Reader(job)
        try:
            while True:
                left = until - time.monotonic()
                line = reader.line(min(patience.one, left)) if left > 0 else _LATE
                if line is _LATE or line is None:
                    break
                if "at" in line:
                    at, unpacked, name = line["at"], line["unpacked"], line["name"]
                elif "article" in line:
                    yield _article(line["article"])
                elif "dropped" in line:
                    yield Dropped.model_validate(line["dropped"])
                else:
                    return
        finally:
            reader.end()
        if time.monotonic() >= until:
            yield dropped(
                name, "out_of_time", "the import took too long; send this file and those after it again"
            )
            return
        if at == [-1, -1]:
            why = "the reader of files does not start"
        elif line is _LATE:
            why = f"could not be read in {patience.one:g} seconds"
        else:
            why = "could not be read: it needs too much memory, or breaks its reader"
        yield dropped(name or "(all)", "unreadable", why)
        if at == [-1, -1]:
            return
    yield dropped(name, "unreadable", "too many files break their reader; those after this one were not read")


_LATE: dict[str, Any] = {"late": True}


class _Reader:
    """A child process and the lines that it writes."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "caibian.service.newsroom.imports.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in _PASSED_ON},
        )
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue(
            maxsize=64
        )  # bounds what waits to be stored
        self._ended = threading.Event()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it died; its silence will say so
        threading.Thread(target=self._follow, daemon=True).start()

    def line(self, seconds: float) -> dict[str, Any] | None:
        """The next line; None where there are no more, `_LATE` where none came in time."""
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return _LATE

    def end(self) -> None:
        """Kill the process, if it still lives."""
        self._ended.set()
        self._process.kill()
        self._process.wait()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    found: dict[str, Any] | None = json.loads(line)
                except ValueError:  # it died while it wrote
                    break
                if not self._put(found):
                    return
        self._put(None)

    def _put(self, line: dict[str, Any] | None) -> bool:
        while not self._ended.is_set():
            try:
                self._lines.put(line, timeout=1.0)
                return True
            except queue.Full:
                continue
        return False


def _article(found: dict[str, Any]) -> Article:
    at = found.pop("published_at")
    return Article(id="", published_at=datetime.fromisoformat(at) if at else None, **found)
