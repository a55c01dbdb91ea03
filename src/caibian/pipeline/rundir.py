"""The run directory: one folder a stage, named by the hash of what its result depends on.

runs/<recipe>/recipe.yaml                the recipe as it ran, overrides included
              run.json                   which folder stands for each stage, seed, model, times
              report.html
              <nn-stage>-<hash>/         identity.json, report.json, the stage's files, DONE last
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caibian.errors import InputError, RunLocked
from caibian.files import write_json, write_text
from caibian.pipeline.stages import STAGES, number

MARKER = "DONE"
_ORPHAN_SECONDS = 15.0  # a stage whose `caibian run` was killed notices at once and needs this long at worst


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """`runs/<recipe>`."""

    path: Path

    def folder(self, stage: str, digest: str) -> Path:
        """The folder of a stage with this hash."""
        return self.path / f"{number(stage):02d}-{stage}-{digest}"

    def folders(self, stage: str) -> list[Path]:
        """All folders of a stage, whatever their hash, newest first."""
        found = [p for p in self.path.glob(f"{number(stage):02d}-{stage}-*") if p.is_dir()]
        return sorted(found, key=lambda p: p.stat().st_mtime_ns, reverse=True)

    def state(self) -> dict[str, Any]:
        """What `run.json` holds; {} before the first run."""
        try:
            found: dict[str, Any] = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def current(self) -> dict[str, Path]:
        """The finished folder of each stage in the latest run.

        Raises:
            InputError: there is no run here.
        """
        if not (state := self.state()):
            raise InputError(f"{self.path}: no run here (no run.json); start one: caibian run RECIPE")
        folders = {entry["stage"]: self.path / entry["folder"] for entry in state["stages"]}
        return {name: folder for name, folder in folders.items() if is_done(folder)}

    def old(self) -> list[Path]:
        """Stage folders that the latest run does not use, e.g. those of earlier settings."""
        kept = {self.path / entry["folder"] for entry in self.state().get("stages", [])}
        return [folder for stage in STAGES for folder in self.folders(stage) if folder not in kept]

    def write_state(self, state: Mapping[str, Any]) -> None:
        """Replace `run.json`."""
        write_json(self.path / "run.json", dict(state))

    @contextmanager
    def lock(self) -> Iterator[int]:
        """Hold the directory; yields the descriptor, which a stage's process inherits.

        The lock is the kernel's: it falls with the last process that holds it, however that one dies, so a
        stale lock cannot be. A stage that outlives its killed `caibian run` for a moment is waited for.

        Raises:
            RunLocked: another run works here; the message names its process.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._acquire(descriptor)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield descriptor
        finally:
            os.close(descriptor)

    def _acquire(self, descriptor: int) -> None:
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
                if _alive(holder) or time.monotonic() > deadline:
                    raise RunLocked(
                        f"{self.path}: another run (process {holder or 'unknown'}) works in this directory; "
                        "wait for it, or give this one another place with --runs-dir"
                    ) from None
                time.sleep(0.1)


def is_done(folder: Path) -> bool:
    """Whether a stage's folder holds a finished result."""
    return (folder / MARKER).is_file()


def mark_done(folder: Path, digest: str) -> None:
    """Write the marker, the last act of a stage."""
    write_text(folder / MARKER, digest + "\n")


def remove(folder: Path) -> None:
    """Delete a stage's folder; the marker goes first, so that a half-deleted folder never looks finished."""
    (folder / MARKER).unlink(missing_ok=True)
    shutil.rmtree(folder)


def size(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
