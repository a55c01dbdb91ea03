"""The explicit label: words that tell a reader that AI had a part in a text.

GB 45438-2025, 5.1: text at the beginning, the end or a fitting place in between, that names both the artificial
intelligence and the generating.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_AI = re.compile(r"人工智能|(?<![A-Za-z])AI(?![A-Za-z])|artificial intelligence", re.IGNORECASE)
_GENERATED = re.compile(r"生成|合成|generat|synthe|\bmade\b|\bcreated\b|\bwritten\b", re.IGNORECASE)
_MOST_CHARS = 120  # a longer passage is the text itself, which may well speak of AI
_EDGE = 5  # blocks at either end that are looked at: a byline and a date may stand before the label


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or heading as a reader sees it."""

    text: str
    heading: bool = False


def names_ai(text: str) -> bool:
    """Whether a wording has both elements that the standard asks for."""
    return _AI.search(text) is not None and _GENERATED.search(text) is not None


def has_visible_label(blocks: Sequence[Block]) -> bool:
    """Whether a short paragraph near the beginning or the end is such a wording. Headlines do not count."""
    said = [block for block in blocks if block.text.strip()]
    edges = said if len(said) <= 2 * _EDGE else [*said[:_EDGE], *said[-_EDGE:]]
    return any(
        not block.heading and len(block.text) <= _MOST_CHARS and names_ai(block.text) for block in edges
    )
