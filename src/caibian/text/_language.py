"""Which language a text is in, told by its script."""

from __future__ import annotations

import re

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Han characters, as the inside of a regular expression's character class."""

_SAMPLE = 2000  # characters looked at; a news text does not change its script after that
_MIN_JAPANESE_SHARE = (
    0.1  # kana among kana and Han: Japanese prose has more than a third, Chinese quotes less
)
_HAN_PER_LATIN_WORD = (
    0.5  # Chinese with many Latin names still has more Han characters than this per Latin word
)

_HAN = re.compile(f"[{HAN}]")
_HAN_RUN = re.compile(f"[{HAN}]+")
_SCRIPTS = {
    "zh": _HAN,
    "ja": re.compile("[\u3041-\u30ff\u31f0-\u31ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "en": re.compile("[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?"),
    "ar": re.compile("[\u0620-\u064a\u0671-\u06d3\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]+"),
    "hi": re.compile("[\u0900-\u0963\u0971-\u097f]+"),
    "ru": re.compile("[\u0400-\u052f]+"),
}


def language_of(text: str) -> str:
    """The language of a text by its script: `zh`, `en` (Latin), `ar` (Arabic), `hi` (Devanagari), also `ja`, `ko`
    and `ru` (Cyrillic), or `und` where there are no letters.

    Languages that share a script are not told apart: French counts as `en`, Persian as `ar`, Marathi as `hi`.
    """
    sample = text[:_SAMPLE]
    if 2 * sum(map(len, _HAN_RUN.findall(sample))) > len(sample) and not _SCRIPTS["ja"].search(sample):
        return "zh"  # nearly all Chinese texts, told in one pass
    counts = {language: len(pattern.findall(sample)) for language, pattern in _SCRIPTS.items()}
    if counts["ja"] > _MIN_JAPANESE_SHARE * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts["zh"]
    # Han, kana and Hangul are counted by character, the other scripts by word: weigh them alike.
    for language in ("zh", "ja", "ko"):
        counts[language] = int(counts[language] / _HAN_PER_LATIN_WORD)
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] else "und"


def han_share(text: str) -> float:
    """Han characters as a share of all characters that are not spaces; 0 for an empty text."""
    visible = len("".join(text.split()))
    return sum(map(len, _HAN_RUN.findall(text))) / visible if visible else 0.0
