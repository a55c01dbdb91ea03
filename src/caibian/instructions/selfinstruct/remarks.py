"""Remarks that a model adds to its answer and nobody wrote: taken off, the rest of the answer is kept."""

from __future__ import annotations

import re

from caibian.instructions.selfinstruct.checks.content import content_words, share
from caibian.instructions.selfinstruct.prompts import Pair
from caibian.text import sentences

# 这样可以避免…, 因此…; “This ensures …”: how a last sentence begins that comments on those before it.
_REMARK = {
    "zh": re.compile(r"^(?:通过)?这|^(?:因此|从而|所以)"),
    "en": re.compile(
        r"^(?:by doing )?th(?:is|ese|ose)\b|^(?:thus|therefore|hence|in this way)\b", re.IGNORECASE
    ),
}
_TOLD = 0.9  # of the content words of a remark, those that the passage has too


def without_remark(pair: Pair, passage: str, language: str) -> Pair:
    """The pair without the last sentence of its answer, where that only comments, in words that are not the passage's.

    Of 197 pairs that a person read, five ended so, and each of them was wrong.
    """
    said = sentences(pair.answer, language)
    if len(said) < 2 or not _REMARK[language].match(said[-1]):
        return pair
    if share(content_words(said[-1], language), passage, language) >= _TOLD:
        return pair
    rest = pair.answer[: pair.answer.rindex(said[-1])].rstrip()
    return pair.model_copy(update={"answer": rest})
