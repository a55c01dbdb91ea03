"""The style sheet as it is served: tokens first, then the parts in the order in which they may override."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from caibian.workbench.design.tokens import variables

_PARTS = (
    "base.css",
    "parts.css",
    "ranking.css",
    "figures.css",
    "kit.css",
    "desk.css",
    "articles.css",
    "review.css",
    "models.css",
    "operations.css",
)


@lru_cache
def sheet() -> tuple[str, str]:
    """The style sheet, and a fingerprint of it for its address."""
    folder = Path(__file__).parent
    text = variables() + "\n".join((folder / part).read_text(encoding="utf-8") for part in _PARTS)
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]
