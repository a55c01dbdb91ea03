"""Answers already paid for, on disk: one file a request, named by the request's hash."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from caibian.files import write_text

logger = logging.getLogger(__name__)


class AnswerCache:
    """Successful answers by request. Shared by processes: files are written atomically and never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> dict[str, Any] | None:
        """The stored answer, or None; an unreadable file counts as absent."""
        try:
            stored = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return stored if isinstance(stored, dict) else None

    def put(self, key: str, answer: dict[str, Any]) -> None:
        """Store an answer. A full disk costs the cache, not the answer."""
        try:
            write_text(self._path(key), json.dumps(answer, ensure_ascii=False))
        except OSError as error:
            logger.warning("the answer could not be cached in %s: %s", self._folder, error)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def request_key(url: str, body: dict[str, Any]) -> str:
    """Hash of everything an answer depends on: the server and the request, but not how it is transmitted."""
    asked = {name: value for name, value in body.items() if name not in ("stream", "stream_options")}
    text = json.dumps([url, asked], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
