"""Words that carry what a text is about, and how many of them a passage has too."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from caibian.similarity import fold
from caibian.text import HAN, words

_STOP_WORDS = Path(__file__).parent / "stop_words.yaml"
_HAN = re.compile(f"[{HAN}]")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "ly", "e", "y")
_STEM = 3  # letters that an ending must leave


def content_words(text: str, language: str) -> set[str]:
    """The different words of a text that name something: folded, English without endings, without question words."""
    found, stop = set(), _stop_words()[language]
    for word in words(text, language):
        folded = fold(word)
        if language == "zh" and _HAN.search(folded):
            if len(folded) > 1 and folded not in stop:
                found.add(folded)
        elif folded and folded not in stop and (len(folded) > 2 or folded.isdigit()):
            found.add(_stem(folded))
    return found


def share(own: set[str], text: str, language: str) -> float:
    """Which part of the words stands in a text; 0 for no words.

    A Chinese word counts half where only a part of it of two characters does: words are cut differently in different
    sentences, and 登记情况 names 登记.
    """
    if not own:
        return 0.0
    there, whole = _known(text, language)
    total = 0.0
    for word in own:
        if word in there or (_HAN.search(word) and word in whole):
            total += 1
        elif _HAN.search(word) and any(word[k : k + 2] in whole for k in range(len(word) - 1)):
            total += 0.5
    return total / len(own)


@lru_cache(maxsize=256)
def _known(text: str, language: str) -> tuple[frozenset[str], str]:
    return frozenset(content_words(text, language)), fold(text)


@lru_cache(maxsize=1)
def _stop_words() -> dict[str, frozenset[str]]:
    data = yaml.safe_load(_STOP_WORDS.read_text(encoding="utf-8"))
    return {language: frozenset(listed.split()) for language, listed in data.items()}


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word[: -len(ending)]
    return word
