"""Labels in the letters of another script: पॉजिटिव and بوزيتيف for positive, sakaratmak for सकारात्मक.

Words are compared by their consonants, those that the scripts do not tell apart taken as one: p and b, f and v, the
sibilants. Vowels go, since scripts write them, or leave them out, each in its way. Chinese is not covered: a syllable
stands for too many characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_FEWEST = 3  # consonants; two agree by chance too often (दुख and duck)

# Letters by sound; vowels, semivowels and h are in none.
_DEVANAGARI = {"k": "कख", "g": "गघ", "c": "चछ", "s": "जझशषस", "t": "टठतथ", "d": "डढदध", "n": "ङञणनंँ"}
_DEVANAGARI |= {"b": "पबभ", "f": "फव", "m": "म", "r": "र", "l": "ल"}
_ARABIC = {"k": "كقخ", "g": "جغگ", "c": "چ", "s": "سزشصژ", "t": "تثط", "d": "دذضظ", "n": "ن"}
_ARABIC |= {"b": "بپ", "f": "فڤ", "m": "م", "r": "ر", "l": "ل"}
_LATIN = {"k": "kcq", "g": "g", "s": "sjz", "t": "t", "d": "d", "n": "n"}
_LATIN |= {"b": "bp", "f": "fv", "m": "m", "r": "r", "l": "l"}
_DIGRAPHS = (
    *(("tion", "sn"), ("sion", "sn"), ("ph", "f"), ("sh", "s"), ("ch", "č"), ("kh", "k"), ("gh", "g")),
    *(("th", "t"), ("dh", "d"), ("bh", "b"), ("jh", "j"), ("ck", "k"), ("x", "ks")),
)
_SOFT_C = re.compile(r"c(?=[eiy])")
_LATIN["c"] = "č"
_SCRIPTS = {
    script: {letter: sound for sound, letters in by_sound.items() for letter in letters}
    for script, by_sound in (("devanagari", _DEVANAGARI), ("arabic", _ARABIC), ("latin", _LATIN))
}
_OF = {
    "devanagari": re.compile("[\u0904-\u0939\u0958-\u095f]"),
    "arabic": re.compile("[\u0620-\u06d3]"),
    "latin": re.compile("[a-z]"),
}


def sounds_like(said: str, word: str) -> bool:
    """Whether a folded answer is a word of **another** script by its sound. Never true within one script, where
    natural would pass for neutral."""
    first, second = _script(said), _script(word)
    if first is None or second is None or first == second:
        return False
    return bool(_consonants(said) & _consonants(word))


def _script(text: str) -> str | None:
    """The one script of a text that this module knows; None where there is none, or more than one."""
    found = [name for name, pattern in _OF.items() if pattern.search(text)]
    other = any(c.isalpha() and not any(pattern.match(c) for pattern in _OF.values()) for c in text)
    return found[0] if len(found) == 1 and not other else None


@lru_cache(maxsize=4096)
def _consonants(text: str) -> frozenset[str]:
    """The consonants of a text in one alphabet, in each of its readings; none where they are too few."""
    script = _script(text)
    if script is None:
        return frozenset()
    text = unicodedata.normalize("NFD", text)
    # With their dots below, ज़ is z and ड़ nearer to r.
    text = text.replace("\u091c\u093c", "\u0938").replace("\u0921\u093c", "\u0930")
    if script == "latin":
        for letters, sound in _DIGRAPHS:
            text = text.replace(letters, sound)
        text = _SOFT_C.sub("s", text)
    readings = {text}
    if script == "arabic":
        readings.add(text.replace("ج", "ز"))  # g in Egypt, j elsewhere
    table = _SCRIPTS[script]
    spelled = {re.sub(r"(.)\1+", r"\1", "".join(table.get(c, "") for c in reading)) for reading in readings}
    return frozenset(one for one in spelled if len(one) >= _FEWEST)
