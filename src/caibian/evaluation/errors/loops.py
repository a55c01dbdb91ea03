"""Answers that run in circles."""

from __future__ import annotations

import re
from collections import Counter

from caibian.similarity import fold
from caibian.text import ngrams, rouge_tokens, sentences

# The same two to sixty characters four times in a row, or one letter thirty times: 啊啊啊啊 and ههههه are laughter.
_IN_A_ROW = re.compile(r"(?!\d+)(.{2,60}?)\1{3,}", re.DOTALL)
_ONE_LETTER = 30
_LOOKED_AT = 2000  # characters at either end of a longer text
_LEAST_SPAN = 12  # folded characters of the whole run: 哈哈哈哈 is no loop
_N = 4
_DUPLICATES = 0.45  # share of repeated 4-grams; lists and tables in published news reach .4
_LEAST_TOKENS = 40
_SENTENCE = 8  # folded characters from which a sentence that stands three times is no refrain
_TIMES = 3


def find_loop(text: str) -> str | None:
    """What an answer repeats: a phrase four times in a row, a sentence three times, or nearly half of all its
    4-grams (seq-rep-4 of Welleck et al., Neural Text Generation with Unlikelihood Training, 2020, section 6). None where
    it does not."""
    if len(text) > 2 * _LOOKED_AT:
        text = f"{text[:_LOOKED_AT]}\n{text[-_LOOKED_AT:]}"
    for match in _IN_A_ROW.finditer(f"{text} "):  # so that the last of spaced words counts
        unit, run = fold(match.group(1)), fold(match.group())
        least = _ONE_LETTER if len(set(unit)) == 1 else _LEAST_SPAN
        if unit and len(run) >= least and not unit.isdigit():
            return match.group(1).strip()
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
