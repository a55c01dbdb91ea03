"""Whether an answer is in the language that is asked for, and how much of another script stands in it.

Scripts tell Chinese, English, Arabic and Hindi apart; languages that share a script are told by their commonest words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from caibian.similarity import fold
from caibian.text import HAN, language_of

_ENOUGH_WORDS = 6  # below this a text of shared script has too few function words to tell its language
_FUNCTION_WORDS = {  # of Latin script; only words that are frequent in one and rare in English
    "en": "the of and to in is that for it was on with as by at from are be this has have its",
    "fr": "le la les des et du une est que dans pour qui au sur pas avec ce par plus",
    "es": "el la los las de y en que una por con para del se es como más al su",
    "pt": "o os as do da dos das em um uma para com não que por mais na no se",
    "de": "der die das und den von zu mit ist des im für auf ein eine nicht sich dem",
    "it": "il lo gli che di della dei una per con non sono del nel più alla è",
    "nl": "de het een van en dat op te met voor zijn niet aan er ook",
    "id": "yang dan di dengan untuk pada dari ini dalam tidak akan adalah itu",
    "vi": "của và là không được trong cho với một những người các có đã",
    "tr": "ve bir bu için ile olarak da de çok daha olan gibi",
}
_WORDS = re.compile(r"[^\W\d_]+")
_PERSIAN_URDU = re.compile("[پچژگٹڈڑںےھ]")
_ARABIC_LETTER = re.compile("[\u0620-\u064a\u0671-\u06d3]")
_MARATHI = re.compile(r"(?<!\S)(?:आहे|आहेत|नाही|आणि|झाले|केली|केले|त्यांनी|मध्ये|असे)(?!\S)")
_PERSIAN_LETTERS = 3  # fewer may be a name, or a dialect's spelling
_PERSIAN_SHARE = 0.02  # of Arabic letters: Arabic writes none of these but in names
_SCRIPTS = {
    "zh": f"[{HAN}]",
    "kana": "[\u3041-\u3096\u30a1-\u30fa]",
    "ko": "[\uac00-\ud7af]",
    "latin": "[A-Za-z\u00c0-\u024f]",
    "ar": "[\u0620-\u064a\u0671-\u06d3]",
    "hi": "[\u0900-\u0963\u0971-\u097f]",
    "ru": "[\u0400-\u052f]",
}
_OWN = {"zh": ("zh",), "en": ("latin",), "ar": ("ar",), "hi": ("hi",)}
_RUNS = re.compile("|".join(f"(?P<{name}>{letters}+)" for name, letters in _SCRIPTS.items()))
# Units, abbreviations and what addresses on the web are made of: read the same in every language.
_EVERYWHERE_TEXT = (
    "km m cm mm kg g mg t l ml kwh mw gw kw w v a hz ghz mhz mb gb tb kb pm am vs app www http https com cn org net html ph ppm "
    "px fps dpi bp ip pc tv vip wifi iphone ipad ios android json utf x co"
)
_EVERYWHERE = frozenset(_EVERYWHERE_TEXT.split())
_ABBREVIATION = 5  # letters of the longest word in capitals that is read as one: IT, NATO
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|@\w+")
_SHARE = 0.05  # of the answer's letters …
_LETTERS = 12  # … or so many of them, weighed, are more than a slip
_HAN_WEIGHT = 3  # letters of an alphabet that one Han character, kana or Hangul syllable stands for
_OWN_SHARE = (
    0.4  # of the letters in the wanted script: from there on it is that language with other words in it
)
_SHORT_WORDS, _SHORT_LETTERS = 4, 40  # an answer so short may be a name of the source in its own script


def language_said(text: str) -> str:
    """The language of a text: by script, and within the Latin, Arabic and Devanagari scripts by its common words."""
    script = language_of(text)
    if script == "en":
        return _latin(text)
    if script == "ar":
        letters = len(_ARABIC_LETTER.findall(text))
        foreign = len(_PERSIAN_URDU.findall(text))
        if foreign >= _PERSIAN_LETTERS and foreign > _PERSIAN_SHARE * letters:
            return "ur" if re.search("[ٹڈڑںے]", text) else "fa"
    if script == "hi" and len(_MARATHI.findall(text)) >= 2:
        return "mr"
    return script


def wrong_language(text: str, wanted: str, given: str) -> str | None:
    """The language that an answer is in where it is not the one asked for; None where it is, or nothing can be told.

    Args:
        given: what the model was given: a short answer in another script that stands in it is a name, not a language.
    """
    text = _ADDRESS.sub(" ", text)
    said = language_said(text)
    if said in ("und", wanted):
        return None
    if language_of(text) == wanted or (said == "ja" and wanted == "zh"):
        return said  # of the same script, told by its words; or by its kana
    words = _WORDS.findall(text)
    folded = fold(text)
    if len(words) <= _SHORT_WORDS and len(folded) <= _SHORT_LETTERS and folded in fold(given):
        return None
    if not _foreign(text, wanted, given):
        return None  # names, units and figures only
    own = sum(_weight(m.group()) for m in _RUNS.finditer(text) if m.lastgroup in _OWN.get(wanted, ()))
    whole = sum(_weight(m.group()) for m in _RUNS.finditer(text))
    return said if own < _OWN_SHARE * whole else None


def code_switching(text: str, wanted: str, given: str) -> list[str]:
    """The words of other scripts in an answer beyond names, units and what the model was given; empty where they are few.

    Few is under 5 % of the letters and under twelve letters, a Han character counting as three.
    """
    text = _ADDRESS.sub(" ", text)
    found = _foreign(text, wanted, given)
    weight = sum(map(_weight, found))
    whole = sum(_weight(match.group()) for match in _RUNS.finditer(text))
    return found if found and (weight >= _LETTERS or weight > _SHARE * whole) else []


def _latin(text: str) -> str:
    words = [word.lower() for word in _WORDS.findall(text)]
    if len(words) < _ENOUGH_WORDS:
        return "en"
    hits = {language: sum(word in common for word in words) for language, common in _common().items()}
    best = max(hits, key=lambda language: (hits[language], language == "en"))
    sure = hits[best] >= max(2, 0.15 * len(words)) and hits[best] > 2 * hits["en"]
    return best if sure else "en"


@lru_cache(maxsize=1)
def _common() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}


def _foreign(text: str, wanted: str, given: str) -> list[str]:
    """Runs of letters that are not of the wanted language's script and that nothing excuses."""
    own = _OWN.get(wanted)
    if own is None:
        return []
    known = given.casefold()
    found = []
    for match in _RUNS.finditer(text):
        script, run = match.lastgroup, match.group()
        if script in own or run.casefold() in known:
            continue
        if script == "latin" and _excused(text, match.start(), match.end(), run):
            continue
        found.append(run)
    return found


def _excused(text: str, start: int, end: int, run: str) -> bool:
    """Whether a Latin word in another script's text is a name, an abbreviation, a unit or part of a code."""
    if len(run) == 1 or run.lower() in _EVERYWHERE:
        return True
    beside = text[max(0, start - 1) : start] + text[end : end + 1]
    if any(c.isascii() and (c.isdigit() or c in "@./_-") for c in beside):
        return True  # 5kg, G20, a@b.cn
    if run.isupper() and len(run) <= _ABBREVIATION:
        return True
    return not run.islower() and run.lower() not in _common()["en"] | _ORDINARY


# English words that begin a phrase and are no names though they are written with a capital letter.
_ORDINARY_TEXT = (
    "here sure answer label sentiment positive negative neutral headline title summary output input news story article note "
    "please sorry cannot however this these those there what how why when who yes no not true false none all more "
    "according breaking new latest today report reports explanation reason because therefore in conclusion"
)
_ORDINARY = frozenset(_ORDINARY_TEXT.split())


def _weight(run: str) -> int:
    return len(run) * (_HAN_WEIGHT if re.match(f"[{HAN}\u3041-\u30fa\uac00-\ud7af]", run) else 1)
