"""Who is logged in: bearer tokens stay on this side, the browser holds only a random number.

One small file a session, readable by the service's own user alone and named by a digest of that number, so that a
restart logs nobody out and a listing of the folder opens no session.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from caibian.api.wire import Me, Session

logger = logging.getLogger(__name__)

LIFETIME = 14 * 24 * 3600  # seconds: two weeks of pauses in a panel; the service's own limit may be shorter
_SWEEP = 3600  # seconds between two looks for sessions that have ended


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is logged in, and the token that the service knows them by."""

    token: str
    me: Me


@dataclass(slots=True)
class _Entry:
    token: str
    me: dict[str, str]
    ends: float


class Sessions:
    """The sessions of one workbench; with a folder they outlive the process."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._entries: dict[str, _Entry] = {}
        self._swept = 0.0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)

    def open(self, session: Session) -> str:
        """Begin a session; the number that its browser is to show from now on."""
        self._sweep()
        number = secrets.token_urlsafe(32)
        self._keep(_digest(number), _Entry(session.token, session.me.model_dump(), time.time() + LIFETIME))
        return number

    def find(self, number: str | None) -> Visitor | None:
        """Whose session a number stands for; None where it has ended or never was."""
        if not number:
            return None
        entry = self._entries.get(key := _digest(number)) or self._load(key)
        if entry is None:
            return None
        if entry.ends < time.time():
            self._forget(key)
            return None
        self._entries[key] = entry
        return Visitor(entry.token, Me.model_validate(entry.me))

    def update(self, number: str | None, me: Me) -> None:
        """Note what the service says about this person now."""
        if number and (entry := self._entries.get(key := _digest(number))) is not None:
            entry.me = me.model_dump()
            self._keep(key, entry)

    def close(self, number: str | None) -> None:
        """End a session."""
        if number:
            self._forget(_digest(number))

    def _keep(self, key: str, entry: _Entry) -> None:
        self._entries[key] = entry
        if self._folder is None:
            return
        path = self._folder / f"{key}.json"
        part = path.with_suffix(f".{secrets.token_hex(4)}.part")
        # Created for its owner alone: between creation and a later chmod others could read the token.
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(entry), file, ensure_ascii=False)
        os.replace(part, path)

    def _load(self, key: str) -> _Entry | None:
        if self._folder is None:
            return None
        try:
            return _Entry(**json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            logger.warning("a session file cannot be read and is passed over", extra={"session": key[:8]})
            return None

    def _forget(self, key: str) -> None:
        self._entries.pop(key, None)
        if self._folder is not None:
            (self._folder / f"{key}.json").unlink(missing_ok=True)

    def _sweep(self) -> None:
        now = time.time()
        if now - self._swept < _SWEEP:
            return
        self._swept = now
        for key in [key for key, entry in self._entries.items() if entry.ends < now]:
            self._forget(key)
        if self._folder is not None:
            for path in self._folder.glob("*.json"):
                if (entry := self._load(path.stem)) is None or entry.ends < now:
                    path.unlink(missing_ok=True)


def _digest(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()
