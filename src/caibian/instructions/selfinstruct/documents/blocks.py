"""What every reader yields: blocks of text in reading order, and counts of what was odd on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item, a row of a table or a heading; tidy, never empty."""

    text: str
    page: int | None = None  # on which it begins, from 1; None where the format has no pages
    heading: int = 0  # 1 is the highest level; 0 is no heading


Counts = Counter[str]
"""What a reader noticed: `pages`, `empty_pages`, `broken_pages`, `running_lines` (headers and footers left out)."""
