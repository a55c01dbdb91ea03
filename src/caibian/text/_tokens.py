"""Characters, words, n-grams and the tokens that ROUGE counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from caibian.text._forms import normalize
from caibian.text._language import HAN, language_of

_Token = TypeVar("_Token")

_KANA = "\u3041-\u3096\u30a1-\u30fa\u30fc"
# Combining marks are no `\w` for Python, yet they are inside words: Devanagari vowel signs (मैं), Arabic and Latin
# accents, the joiners of Hindi and Persian.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u200c\u200d"
_WORD = rf"(?:(?![{HAN}{_KANA}])[\w{_MARKS}])+"
_TOKEN = re.compile(rf"[{HAN}{_KANA}]|\d+(?:[.,]\d+)+(?!\d)|{_WORD}")
_WORDS = re.compile(rf"\d+(?:[.,]\d+)+%?(?!\d)|{_WORD}(?:['’-]{_WORD})*")
_HAS_WORD = re.compile(r"\w")
# Vowel signs that Arabic newspapers leave out, and the stroke that only stretches a line.
_ARABIC_OPTIONAL = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")


def characters(text: str) -> list[str]:
    """The characters (code points) of a text that are not spaces, in order."""
    return list("".join(text.split()))


def words(text: str, language: str | None = None) -> list[str]:
    """The words of a text in order, without punctuation; Chinese is cut by jieba, all else at spaces and marks."""
    if (language or language_of(text)) != "zh":
        return _WORDS.findall(text)
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)  # it reports the loading of its dictionary on standard error
    return [word for word in jieba.cut(text) if _HAS_WORD.search(word)]


def length(text: str, language: str | None = None) -> int:
    """How long editors say a text is: Chinese (and Japanese) in characters without spaces, all else in words."""
    if (language or language_of(text)) in ("zh", "ja"):
        return len("".join(text.split()))
    return len(_WORDS.findall(text))


def ngrams(tokens: Sequence[_Token], n: int) -> list[tuple[_Token, ...]]:
    """All runs of `n` neighbouring tokens, in order; empty where there are fewer than `n`.

    Raises:
        ValueError: `n` is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    return list(zip(*(tokens[start:] for start in range(n)), strict=False))


def rouge_tokens(text: str) -> list[str]:
    """What ROUGE counts: Han characters and kana one by one; numbers with their decimals; other scripts by word,
    lower-cased, Devanagari vowel signs inside their word, Arabic without optional vowel signs."""
    folded = _ARABIC_OPTIONAL.sub("", normalize(text).lower())
    return [token.replace(",", "") if token[0].isdigit() else token for token in _TOKEN.findall(folded)]
