"""A lock between processes on one machine, held for as long as a file is being fetched or made."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_POLL_SECONDS = 0.2  # between two looks at a lock that another process holds: a person does not notice it


@contextmanager
def locked(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; `waiting` is called once if another process has it.

    The operating system gives the lock back when its holder dies, so a killed process blocks nobody. The
    file is removed on the way out, and so are folders that were made for it and stayed empty.
    """
    made = _make_folder(path.parent)
    try:
        with _held(path, waiting):
            yield
    finally:
        _remove_empty(made)


@contextmanager
def _held(path: Path, waiting: Callable[[], None] | None) -> Iterator[None]:
    descriptor = _acquire(path, waiting)
    try:
        yield
    finally:
        if os.name == "nt":  # an open file cannot be removed there
            os.close(descriptor)
            path.unlink(missing_ok=True)
        else:
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _acquire(path: Path, waiting: Callable[[], None] | None) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if _try_lock(descriptor):
            # The last holder may have removed the file between our opening and our locking it; then the
            # lock we hold is on a file nobody else will ever see.
            if _is_still_there(path, descriptor):
                return descriptor
            os.close(descriptor)
            continue
        os.close(descriptor)
        if waiting is not None:
            waiting()
            waiting = None
        time.sleep(_POLL_SECONDS)


def _is_still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _try_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder; return those that were missing, deepest first."""
    missing = []
    step = folder
    while not step.exists():
        missing.append(step)
        step = step.parent
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:  # not empty: something arrived, or a part of it is kept
            return
