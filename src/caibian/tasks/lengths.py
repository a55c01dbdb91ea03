"""How many tokens an answer to a card can take."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

# Tokens that one character of an answer can take: the 99th percentile over news texts with Qwen's tokenizer,
# rounded up (means: Chinese 0.70, English 0.23, Arabic 0.45, Hindi 0.94).
_TOKENS_PER_CHAR = {"zh": 1.0, "en": 0.35, "ar": 0.7, "hi": 1.1}
_ROOM = 8  # tokens beyond the card's longest text, so that an answer that runs on is seen to be too long
_WITHOUT_LIMIT = {
    "text": 128,
    "label": 12,
    "json": 512,
}  # 12: "情感：正面。" from a model that is not tuned fits


def answer_tokens(kind: str, max_chars: Mapping[str, int]) -> int:
    """The longest answer of a card of some kind, in tokens; `max_chars` are its limits by language, of which the longest
    counts."""
    needed = [ceil(most * _TOKENS_PER_CHAR.get(language, 1.0)) for language, most in max_chars.items()]
    return max(needed) + _ROOM if needed else _WITHOUT_LIMIT.get(kind, _WITHOUT_LIMIT["text"])
