"""Checks of form: is something said, in the right language, at the right length, without pointing at a text unseen.

A check answers what is wrong, for people to read, or nothing.
"""

from __future__ import annotations

import re

from caibian.instructions.selfinstruct.checks import wording
from caibian.instructions.selfinstruct.checks.case import Case
from caibian.text import HAN, language_of, length

_LATIN_PER_HAN = (
    0.5  # Latin words per Han character in a Chinese pair: names of programs and formats stay below
)
_HAN_PER_LATIN = (
    0.2  # Han characters per Latin word in an English one: a Chinese name in brackets stays below
)
_TELLING = 3  # characters: a 此 or 该 stands in every text, and excuses nothing
_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def empty(case: Case) -> str:
    """Nothing, a mark or a placeholder stands where words should."""
    for name, text in (*case.spoken, ("quote", case.pair.quote)):
        if wording.PLACEHOLDER.fullmatch(text):
            return f"{name}: says nothing ({text[:20]!r})"
    return ""


def refusal(case: Case) -> str:
    """The model declined, or spoke of itself."""
    return _said(wording.REFUSAL, wording.QUOTED.sub("", case.pair.answer), case)


def unanswerable(case: Case) -> str:
    """The question points at what a learner does not see or asks for nothing, or the answer says that the text has none."""
    question = wording.QUOTED.sub("“”", case.pair.instruction)
    asked = _said(wording.DANGLING, question, case) or _unnamed(question, case.language)
    return asked or _said(wording.NOT_STATED, case.pair.answer, case)


def _unnamed(question: str, language: str) -> str:
    """What a question points at without having named it: 这架直升机, 他的妻子; nothing where all is named."""
    if match := wording.VAGUE.search(question):
        return f"asks for nothing in particular: {match.group().strip()}"
    if language != "zh":
        return ""
    if not wording.ASKING.search(question):
        return "asks for nothing: it is a statement"
    if match := wording.NUMBERED_PART.search(question):
        return f"points at a part of something unnamed: {match.group()}"
    for match in wording.POINTER.finditer(question):
        before = question[: match.start()]
        if match["what"] not in before and not wording.INTRODUCED.search(before):
            return f"points at something unnamed: {match.group()}"
    if match := wording.PRONOUN.search(question):
        return f"speaks of somebody unnamed: {match['who']}"
    return ""


def wrong_language(case: Case) -> str:
    """The instruction or the answer is in another language, or in two."""
    for name, text in case.spoken:
        found = language_of(text)
        han, latin = len(_HAN.findall(text)), len(_LATIN_WORD.findall(text))
        mixed = latin > _LATIN_PER_HAN * han if case.language == "zh" else han > _HAN_PER_LATIN * latin
        if found != case.language or mixed:
            return (
                f"{name}: in {found}, asked for {case.language}"
                if found != case.language
                else f"{name}: in two"
            )
    return ""


def too_short(case: Case) -> str:
    """An instruction that names nothing, an answer that is no sentence."""
    for name, text in case.spoken:
        limits = case.config.instruction_length if name == "instruction" else case.config.answer_length
        if (size := length(text, case.language)) < limits.least:
            return f"{name}: {size}, at least {limits.least}"
    return ""


def too_long(case: Case) -> str:
    """An instruction that tells a story, an answer that is the passage once more."""
    for name, text in case.spoken:
        limits = case.config.instruction_length if name == "instruction" else case.config.answer_length
        if (size := length(text, case.language)) > limits.most:
            return f"{name}: {size}, at most {limits.most}"
    return ""


def _said(pattern: re.Pattern[str], text: str, case: Case) -> str:
    """What of a pattern is found, unless the passage says the same: there it is the matter, not the model's manner."""
    for match in pattern.finditer(text):
        if len(match.group().strip()) < _TELLING or match.group().strip() not in case.passage.text:
            return f"says: {match.group().strip()}"
    return ""
