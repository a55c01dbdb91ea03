"""Forms of a string: whitespace, compatibility characters, full and half width, simplified and traditional."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

_BLANK_LINES = re.compile(r"\n{3,}")

# Characters that a reader cannot see and that break comparisons: controls, soft hyphen, zero-width space, word
# joiner, byte order mark, marks of direction, private use (icon fonts of web pages), lone surrogates.
# ZWNJ and ZWJ (U+200C, U+200D) stay: Hindi and Persian spelling, and emoji, need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ue000-\uf8ff\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_WIDE_ALPHANUMERIC = {
    wide: wide - 0xFEE0 for low, high in ("０９", "ＡＺ", "ａｚ") for wide in range(ord(low), ord(high) + 1)
}
_HAS_WIDE_ALPHANUMERIC = re.compile("[０-９Ａ-Ｚａ-ｚ]")


def clean_whitespace(text: str) -> str:
    """Single spaces, `\\n` line breaks, at most one blank line, nothing at the ends of lines and of the text."""
    # str.split and str.splitlines know every Unicode space and line break, and run at C speed.
    text = "\n".join([" ".join(line.split()) for line in text.splitlines()]).strip()
    return _BLANK_LINES.sub("\n\n", text) if "\n\n\n" in text else text


def tidy(text: str) -> str:
    """The text as it should be stored and read: same words, same punctuation, without dirt.

    Removes invisible characters, makes full-width letters and digits half-width (Ｇ２０ → G20), composes accents
    (NFC) and cleans whitespace. Chinese punctuation stays as it is. Idempotent.
    """
    text = _INVISIBLE.sub("", text)
    if _HAS_WIDE_ALPHANUMERIC.search(text):
        text = text.translate(_WIDE_ALPHANUMERIC)
    return clean_whitespace(unicodedata.normalize("NFC", text))


def normalize(text: str) -> str:
    """One form for comparing: NFKC (full-width → half-width, ligatures, ㎏ → kg), invisible characters removed,
    whitespace cleaned. Letter case and Chinese variants stay. Idempotent."""
    text = clean_whitespace(_INVISIBLE.sub("", text))
    # NFKC can bring forth spaces and strings that are not yet clean, so cleaning follows it until nothing changes;
    # two rounds do for all text seen, four bound the loop.
    for _ in range(4):
        again = clean_whitespace(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
        if again == text:
            break
        text = again
    return text


@lru_cache(maxsize=2)
def _converter(configuration: str) -> Any:
    import opencc

    return opencc.OpenCC(configuration)


def to_simplified(text: str) -> str:
    """Traditional Chinese characters made simplified (OpenCC `t2s`); other text is unchanged."""
    return str(_converter("t2s").convert(text))


def to_traditional(text: str) -> str:
    """Simplified Chinese characters made traditional (OpenCC `s2t`); other text is unchanged."""
    return str(_converter("s2t").convert(text))
