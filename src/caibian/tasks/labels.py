"""Reading the label out of an answer: strict enough for figures, tolerant of width, case, script and politeness.

First the answer as a whole, as written and then folded; then the one label that it mentions and does not deny.
An answer that mentions two different labels has none: guessing would flatter the model.
"""

from __future__ import annotations

import json
import re
import unicodedata

from caibian.tasks.card import OutputSpec, TaskCard
from caibian.tasks.sounds import sounds_like
from caibian.text import HAN, normalize, to_simplified

# What ends a clause: a denial before it does not reach past it. An enumeration comma and quotes do not.
_CLAUSE_END = re.compile(
    r"[，。；：！？,;:.!?؛،؟।\n]|而是|却是|但是|但|更像|更偏|反而|\b(?:but|rather(?! than)|instead(?! of))\b|\bبل\b|\bबल्कि\b"
)
_DENIAL_ZH = re.compile(
    r"不(?:是|属于|属|算|能算|能说|像|够|太|再|带|含|具|应|可|偏|构成|为|存在|会|一定)|没有|没|并非|绝非|而非|非(?!常|但|凡)|毫无|"
    r"无(?!疑|论)|谈不上|称不上|说不上|既不|未(?!来)"
)
_DENIAL_ZH_REACH = 6  # characters between the denial and the label: 不是一篇明显的负面…
_BARE_NOT_ZH = re.compile(r"不$")  # a bare 不 denies only what it touches: 不正面, yet 不幸…, 不仅…
_DENIAL_EN = re.compile(
    r"(?:\b(?:not(?! only| just| merely)|no(?! doubt)|never|neither|nor|without|hardly|cannot|rather than|instead of|non)\b"
    r"|n['’]t\b)"
)
_DENIAL_AR = re.compile(r"(?<!\w)(?:ليس|ليست|لا|غير|لم|لن|بدون|دون)(?!\w)")
_DENIAL_HI = re.compile(r"(?<!\w)(?:नहीं|ना|बिना|गैर|न तो)(?!\w)")
_DENIAL_WORDS_REACH = 4  # words between the denial and the label: not a particularly strong negative
_HINDI_DENIAL_AFTER = re.compile(r"^\s*(?:\S+\s+){0,2}?नहीं")

_SOUND_CHARS = 40  # of an answer compared by its sound as a whole: a label, and no sentence
_EDGES = " .,!?;:。！？؟।\"'“”‘’«»()*`"

_ARABIC_FOLD = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ـ": None})
_ARABIC_VOWELS = re.compile("[\u064b-\u0652\u0670]")
_HAS_HAN = re.compile(f"[{HAN}]")
_HAS_ARABIC = re.compile("[\u0620-\u06d3]")
_MARKS = (
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"  # Devanagari vowel signs: inside a word, yet no \w
)


def fold(text: str) -> str:
    """A text as labels are compared: half width, lower case, simplified, Arabic without optional signs."""
    text = normalize(text).casefold()
    if _HAS_HAN.search(text):
        text = to_simplified(text)
    if _HAS_ARABIC.search(text):
        text = _ARABIC_VOWELS.sub("", text.translate(_ARABIC_FOLD))
    return text


def bare(text: str) -> str:
    """`fold`, and nothing left but letters, digits and vowel signs."""
    return "".join(c for c in fold(text) if c.isalnum() or unicodedata.category(c) in ("Mn", "Mc"))


def extract(card: TaskCard, answer: str, language: str) -> str | None:
    """What an answer says, in the form that is compared; None where it says nothing valid.

    For a label card the **canonical id** of the label, whatever language it was said in (the wordings of
    `language` are preferred where two languages share a word); for a JSON card the document in canonical form, if it
    satisfies the schema; for a text card the trimmed text.
    """
    answer = answer.strip()
    if not answer:
        return None
    if card.output.kind == "text":
        return answer
    if card.output.kind == "json":
        return _canonical_json(card.output, answer)
    for label, wording in card.output.labels.items():
        if answer == label or answer in wording.words(language) or answer in wording.all_words():
            return label
    by_wording = _wordings(card.output)
    if said := by_wording.get(bare(answer)):
        return said
    affirmed = {by_wording[bare(word)] for word in mentions(fold(answer), [*_spoken(card.output)])}
    if not affirmed:
        affirmed = _by_sound(card.output, fold(answer))
    return affirmed.pop() if len(affirmed) == 1 else None


def _by_sound(output: OutputSpec, folded: str) -> set[str]:
    """The labels that a short answer is in the letters of another script: पॉजिटिव, ijabi."""
    said = folded.strip(_EDGES)
    if len(said) > _SOUND_CHARS:
        return set()
    return {
        label
        for label, wording in output.labels.items()
        if any(sounds_like(said, fold(word)) for word in wording.all_words())
    }


def mentions(folded: str, words: list[str]) -> list[str]:
    """The words that a folded text holds and does not deny, longest first where they overlap (非谣言 over 谣言)."""
    pattern = "|".join(f"(?P<w{number}>{_bounded(word)})" for number, word in _longest_first(words))
    return [
        words[int(str(match.lastgroup)[1:])]
        for match in re.finditer(pattern, folded)
        if not _denied(folded, match.start(), match.end())
    ]


def _longest_first(words: list[str]) -> list[tuple[int, str]]:
    return sorted(enumerate(words), key=lambda item: (-len(item[1]), item[1]))


def _bounded(word: str) -> str:
    """The word as a pattern that does not match inside a longer word; Chinese has no such bounds, nor has a word of
    another script beside it (答案是negative)."""
    escaped = re.escape(word).replace(r"\ ", r"\s+")
    if _HAS_HAN.search(word):
        return escaped
    letter = rf"[^\W{HAN}]|[{_MARKS}]"
    if _HAS_ARABIC.search(word):
        # و ف ب ك ل and the article stand attached, and so do the endings of gender and case.
        return rf"(?<!{letter})[وفبكل]?(?:ال|لل)?{escaped}(?:ه|ة|ا)?(?!{letter})"
    return rf"(?<!{letter}){escaped}(?!{letter})"


def _denied(text: str, start: int, end: int) -> bool:
    """Whether the clause denies the mention: 不是负面, not a negative story, सकारात्मक नहीं."""
    before = text[:start]
    if breaks := list(_CLAUSE_END.finditer(before)):
        before = before[breaks[-1].end() :]
    if _BARE_NOT_ZH.search(before):
        return True
    for match in _DENIAL_ZH.finditer(before):
        if len(before) - match.end() <= _DENIAL_ZH_REACH:
            return True
    for pattern in (_DENIAL_EN, _DENIAL_AR, _DENIAL_HI):
        for match in pattern.finditer(before):
            if len(before[match.end() :].split()) <= _DENIAL_WORDS_REACH:
                return True
    after = text[end:]
    if stop := _CLAUSE_END.search(after):
        after = after[: stop.start()]
    return bool(_HINDI_DENIAL_AFTER.match(after))


def _spoken(output: OutputSpec) -> dict[str, None]:
    """All wordings, folded but with their spaces: what to look for in a longer answer."""
    return {fold(word): None for wording in output.labels.values() for word in wording.all_words()}


def _wordings(output: OutputSpec) -> dict[str, str]:
    """Bare wording, or bare canonical id, -> canonical id. The loader has refused cards where two labels share one."""
    found = {bare(word): label for label, wording in output.labels.items() for word in wording.all_words()}
    for label in output.labels:
        found.setdefault(bare(label), label)
    return found


def _canonical_json(output: OutputSpec, answer: str) -> str | None:
    from caibian.tasks.schema import violations

    try:
        value = json.loads(answer)
    except ValueError:
        return None
    if violations(value, output.json_schema or {}):
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
