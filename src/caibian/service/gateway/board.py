"""How the house's engines stand: written by the process that owns them, read by all others.

The file holds the engines' tokens and lies in a folder of the house's user alone. It is small and replaced as a whole;
a reader looks at its inode and time before each use and reads it again when they are others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

State = Literal["ready", "starting", "restarting", "stopped", "unknown"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one engine stands."""

    name: str
    state: State = "unknown"
    url: str = ""  # up to /v1
    token: str = ""
    model: str = ""  # what it calls itself
    starts: int = 0
    reason: str = ""  # why it is not ready, or why the last one ended


def write_board(path: Path, engines: Iterable[Standing]) -> None:
    """Replace the board."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        json.dump([asdict(engine) for engine in engines], file)
    os.replace(beside, path)


class Board:
    """The board as a reader has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._engines: dict[str, Standing] = {}

    def engine(self, name: str) -> Standing:
        """How an engine stands now."""
        try:
            found = os.stat(self._path)
            seen = (found.st_ino, found.st_mtime_ns)
            if seen != self._seen:
                listed = json.loads(self._path.read_bytes())
                self._engines = {one["name"]: Standing(**one) for one in listed}
                self._seen = seen
        except FileNotFoundError:
            # The owner has cleaned up: whoever still asks is told that nothing runs.
            self._engines, self._seen = {}, None
        return self._engines.get(name) or Standing(name, "stopped", reason="the service is stopping")
