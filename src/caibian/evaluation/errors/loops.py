"""Answers that run in circles."""

from __future__ import annotations

import re
from collections import Counter

from caibian.similarity import fold
from caibian.text import ngrams, rouge_tokens, sentences

# The same two to forty characters four times in a row, or eleven like letters.
_IN_A_ROW = re.compile(r"(?!\d+)(.{2,60}?)\1{3,}|([^\W\d_])\2{10,}", re.DOTALL)
_LOOKED_AT = 6000  # characters: a loop that begins later would be the least of it
_LEAST_SPAN = 12  # folded characters of the whole run: 哈哈哈哈 is no loop
_N = 4
_DUPLICATES = 0.35  # share of repeated 4-grams; published news of 300 characters and more stays below .2
_LEAST_TOKENS = 40
_SENTENCE = 8  # folded characters from which a sentence that stands three times is no refrain
_TIMES = 3


def find_loop(text: str) -> str | None:
    """What an answer repeats: a phrase four times in a row, a sentence three times, or more than a third of all its
    4-grams (seq-rep-4 of Welleck et al., Neural Text Generation with Unlikelihood Training, 2020, section 6). None where
    it does not."""
    text = text[:_LOOKED_AT]
    for match in _IN_A_ROW.finditer(text):
        unit = match.group(1) or match.group(2)
        if fold(unit) and len(fold(match.group())) >= _LEAST_SPAN and not fold(unit).isdigit():
            return unit.strip()
    said = [fold(sentence) for sentence in sentences(text)]
    counts = Counter(sentence for sentence in said if len(sentence) >= _SENTENCE)
    if counts and counts.most_common(1)[0][1] >= _TIMES:
        repeated = counts.most_common(1)[0][0]
        return next(one for one in sentences(text) if fold(one) == repeated)
    tokens = rouge_tokens(text)
    grams = Counter(ngrams(tokens, _N))
    if len(tokens) >= _LEAST_TOKENS and 1 - len(grams) / grams.total() > _DUPLICATES:
        return (
            "".join(grams.most_common(1)[0][0]) if _joined(tokens) else " ".join(grams.most_common(1)[0][0])
        )
    return None


def _joined(tokens: list[str]) -> bool:
    """Whether the tokens are characters, as in Chinese."""
    return sum(len(token) == 1 for token in tokens) > len(tokens) / 2
