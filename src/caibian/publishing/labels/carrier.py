"""What every file format must offer for a label to be put into it and read back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

MOST_BYTES = 64 << 20
"""The largest file that is labelled or verified; what a newsroom prints and posts is far smaller."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file carries."""

    labels: list[str]  # JSON, as it stands in each place that holds a label
    visible: bool | None  # whether the explicit label was seen; None: cannot be seen in this format
    problems: list[str] = field(default_factory=list)


class Carrier(Protocol):
    """One file format; each is a module of this package."""

    name: str

    def find(self, data: bytes) -> Found:
        """All labels of a file. Raises: Unlabelled, if it is damaged."""
        ...

    def put(self, data: bytes, label: str) -> bytes:
        """The file with this label and no other; all else as it was. Raises: Unlabelled, saying why it cannot."""
        ...

    def content_digest(self, data: bytes) -> str:
        """`sha256:…` of the content, the same before and after `put`."""
        ...


def digest(parts: Iterable[bytes]) -> str:
    """`sha256:…` of parts, each with its length, so that no two lists of parts have one digest."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big"))
        hashed.update(part)
    return f"sha256:{hashed.hexdigest()}"
