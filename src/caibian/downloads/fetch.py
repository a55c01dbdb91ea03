"""`fetch`: one wanted file from the first origin that can deliver it.

All origins of a file fill the same part file beside it, so that one can go on where another broke off. What
is left behind, by outcome:

- arrived: the file, verified and whole; nothing else.
- broken off (connection lost, Ctrl-C, kill): the part file, and the next call resumes it.
- wrong hash, or the disk filled up: nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from caibian.downloads.lock import locked
from caibian.errors import DiskFull, DownloadError, WrongHash
from caibian.progress import Progress, Task

MB = 1_000_000  # bytes; sizes are shown to people in decimal megabytes, as hubs and registries do
_SPARE_BYTES = 64 * MB  # left free on the disk, so that a download never takes the last block of a machine
_BLOCK_BYTES = 1 << 20
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class OriginFailed(Exception):
    """One origin could not deliver; the message is the reason, and the next origin is tried."""


class WrongBytes(OriginFailed):
    """What one origin delivered is not what was promised."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file's content must hash to: its SHA-256, or its Git blob id where a hub has nothing better."""

    value: str
    kind: Literal["sha256", "git-blob"] = "sha256"

    def matches(self, path: Path) -> bool:
        """Whether the file's bytes have this digest."""
        if self.kind == "sha256":
            hasher = hashlib.sha256()
        else:
            hasher = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                hasher.update(block)
        return hasher.hexdigest() == self.value.lower()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that should lie at `path`, with what is known of its content beforehand."""

    name: str  # as a person knows it, e.g. `coder-0.5b`
    path: Path
    size: int  # bytes
    digest: Digest

    @property
    def part(self) -> Path:
        """The file that grows while it arrives; named after the digest, so that versions never mix."""
        return part_of(self.path, self.digest)


def part_of(path: Path, digest: Digest) -> Path:
    """Where an unfinished `path` of that content is kept."""
    return path.with_name(f".{path.name}.{digest.value[:12]}.part")


class Origin(Protocol):
    """A place that a file can come from."""

    @property
    def name(self) -> str:
        """As shown to a person."""
        ...

    @property
    def extra_bytes(self) -> int:
        """Room needed on the disk while it delivers, besides the file itself."""
        ...

    def prepare(self) -> None:
        """Raise OriginFailed, within seconds, where there is no use in trying."""
        ...

    def deliver(self, part: Path, size: int, advance: Callable[[int], None]) -> None:
        """Bring `part` from the bytes it has to all `size` bytes, calling `advance` with each change of its size.

        Raises OriginFailed where it cannot; what `part` holds then must be a true beginning of the file.
        """
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file in its place, and the origin that delivered it (None: it was there already)."""

    path: Path
    origin: str | None


def fetch(wanted: Wanted, origins: Sequence[Origin], progress: Progress | None = None) -> Arrival:
    """Put the wanted file in its place, from the first of `origins` that can deliver it.

    Safe to call from several processes at once: one fetches, the others wait for it.

    Raises:
        WrongHash: an origin delivered other bytes than promised, and no other could deliver the right ones.
        DiskFull: not enough free space, found before or while writing.
        DownloadError: no origin could deliver; the message has the reason of each.
    """
    progress = progress or Progress()
    if _is_whole(wanted):
        return Arrival(wanted.path, None)
    lock = wanted.path.with_name(f".{wanted.path.name}.lock")
    with locked(lock, lambda: progress.message(f"Waiting: another process is fetching {wanted.name}")):
        if _is_whole(wanted):
            return Arrival(wanted.path, None)
        return Arrival(wanted.path, _fetch_locked(wanted, origins, progress))


def _fetch_locked(wanted: Wanted, origins: Sequence[Origin], progress: Progress) -> str:
    failures: list[str] = []
    wrong = False
    for origin in origins:
        try:
            _deliver_afresh_if_needed(wanted, origin, progress)
            return origin.name
        except OriginFailed as failure:
            if isinstance(failure, WrongBytes):
                wanted.part.unlink(missing_ok=True)
                wrong = True
            failures.append(f"{origin.name}: {failure}")
            progress.message(failures[-1])
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            wanted.part.unlink(missing_ok=True)
            raise _disk_full(wanted.name, "the disk filled up; what was written is removed") from error
    kept = wanted.part.stat().st_size if wanted.part.exists() else 0
    if not kept:
        wanted.part.unlink(missing_ok=True)
    raise (WrongHash if wrong else DownloadError)(_nothing_delivered(wanted, failures, kept))


def _deliver_afresh_if_needed(wanted: Wanted, origin: Origin, progress: Progress) -> None:
    """Deliver; where that went on from a kept part and came out wrong, once more from nothing."""
    resumed = wanted.part.exists()
    try:
        _deliver(wanted, origin, progress)
    except WrongBytes:
        wanted.part.unlink(missing_ok=True)
        if not resumed:
            raise
        _deliver(wanted, origin, progress)


def _deliver(wanted: Wanted, origin: Origin, progress: Progress) -> None:
    origin.prepare()
    have = wanted.part.stat().st_size if wanted.part.exists() else 0
    require_room(wanted.name, wanted.path.parent, wanted.size - have + origin.extra_bytes)
    with progress.task(f"{wanted.name} from {origin.name}, MB", max(1, wanted.size // MB)) as task:
        meter = _Meter(task)
        meter.advance(have)
        origin.deliver(wanted.part, wanted.size, meter.advance)
    if wanted.part.stat().st_size != wanted.size or not wanted.digest.matches(wanted.part):
        raise WrongBytes(
            f"what arrived does not have the promised {wanted.digest.kind} {wanted.digest.value}"
        )
    os.replace(wanted.part, wanted.path)
    for stale in wanted.path.parent.glob(f".{wanted.path.name}.*.part"):  # of other versions of the file
        stale.unlink(missing_ok=True)


class _Meter:
    """Bytes in, whole megabytes shown."""

    def __init__(self, task: Task) -> None:
        self._task, self._bytes, self._shown = task, 0, 0

    def advance(self, count: int) -> None:
        self._bytes += count
        if (step := self._bytes // MB - self._shown) != 0:
            self._shown += step
            self._task.advance(step)


def _is_whole(wanted: Wanted) -> bool:
    # The hash was checked before the file took its name; a rename is atomic, so the size tells enough.
    return wanted.path.is_file() and wanted.path.stat().st_size == wanted.size


def require_room(name: str, folder: Path, needed: int) -> None:
    """Raise DiskFull where the disk of `folder` has not `needed` bytes free, and a little to spare."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE_BYTES:
        asked = (needed + _SPARE_BYTES) // MB + 1
        raise _disk_full(name, f"{asked:,} MB are needed in {folder}, {free // MB:,} MB are free")


def _disk_full(name: str, what: str) -> DiskFull:
    remedy = "free some space, or set CAIBIAN_HOME to a folder on another disk, and run again"
    return DiskFull(f"{name}: {what}; {remedy}")


def _nothing_delivered(wanted: Wanted, failures: Sequence[str], kept: int) -> str:
    lines = [f"{wanted.name}: no origin could deliver {wanted.path.name}"]
    lines += [f"  {failure}" for failure in failures] or ["  no origin is registered"]
    if kept:
        lines.append(
            f"  {kept // MB:,} of {wanted.size // MB:,} MB are kept; run the same command to go on from there"
        )
    else:
        lines.append(
            f"  check the network or the proxy and run again, or put the file at {wanted.path} yourself"
        )
    return "\n".join(lines)
