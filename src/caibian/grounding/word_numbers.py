"""Numbers with words of English, Arabic or Hindi around them: $1.2 billion, five hundred people, ٣ ملايين, 5 लाख."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from caibian.grounding import modifiers
from caibian.grounding.chinese_numbers import DIGITS, Found
from caibian.grounding.folding import listed, passages
from caibian.grounding.mentions import Quantity
from caibian.grounding.number_words import (
    ARABIC,
    ARABIC_SCALES,
    ENGLISH,
    ENGLISH_SCALES,
    FRACTIONS,
    HINDI,
    HINDI_SCALES,
    SHORT_SCALES,
    VAGUE_PLURALS,
)
from caibian.grounding.numerals import parse_words, places
from caibian.grounding.units import CURRENCY_SIGNS, is_measure, unit_pattern, units

_LETTER = r"a-zA-Z\u0621-\u065f\u0900-\u0963"
_SCALES = {**ENGLISH_SCALES, **ARABIC_SCALES, **HINDI_SCALES}
_VALUES = {**ENGLISH, **ARABIC, **HINDI}


def _any(words: list[str] | dict[str, float] | dict[str, int]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


_SIGN = _any(list(CURRENCY_SIGNS))
_DIGITS = re.compile(
    rf"(?:(?<![{_LETTER}])({_SIGN})\s?)?(?<![{_LETTER}\d.])(?<![{_LETTER}]-)({DIGITS})"
    rf"(?:[\s-]?({_any(_SCALES)}|{_any(SHORT_SCALES)})(?![{_LETTER}]))?",
    re.IGNORECASE,
)
_WORD = rf"و?(?:{_any({**_VALUES, **_SCALES})})(?![{_LETTER}])"
_WORDS = re.compile(
    rf"(?<![{_LETTER}])(?:(?:half a|a)[ -](?={_any(_SCALES)}))?{_WORD}(?:[ -]+(?:and )?{_WORD})*", re.I
)
_VAGUE = re.compile(rf"(?<![{_LETTER}])({_any(VAGUE_PLURALS)})(?![{_LETTER}])(?: of)?", re.I)
_FRACTION = re.compile(rf"(?<![{_LETTER}-])({_any(FRACTIONS)})(?![{_LETTER}-])", re.I)
_ORDINAL = re.compile(rf"(?:st|nd|rd|th)(?![{_LETTER}])", re.I)
_MOST_WORDS = 16  # of one number; longer runs are lists
_NEXT_WORD = re.compile(rf"\s?-?([{_LETTER}]+)")
# After a number these words say nothing of what is counted.
_NO_NOUN = frozenset(
    listed(
        "of in on at to and or but from by for with as is are was were per out a the more than over it he she they"
        " في من الى على و के की का में से को और पर है"
    )
)


def find_in_words(text: str) -> Iterator[Found]:
    """Numbers of a folded text that stand beside, or are, words of a script other than Chinese."""
    for start, end in passages(text):
        yield from _find_between(text, start, end)


def _find_between(text: str, first: int, last: int) -> Iterator[Found]:
    for match in _FRACTION.finditer(text, first, last):
        word = match.group(1).lower()
        if word == "half" and text[match.end() : match.end() + 1] == "-":
            continue
        value = FRACTIONS[word]
        yield from _finish(
            text, match.start(), match.end(), Quantity(value, value / 10, value / 10, "about", "percent")
        )
    for match in _VAGUE.finditer(text, first, last):
        low = VAGUE_PLURALS[match.group(1).lower()]
        vague = Quantity(float(low), float(low), float(low), "between", high=float(low * 1000 - 1))
        yield from _finish(text, match.start(), match.end(), vague)
    for match in _WORDS.finditer(text, first, last):
        yield from _words(text, match)
    for match in _DIGITS.finditer(text, first, last):
        yield from _digits(text, match)


def _digits(text: str, match: re.Match[str]) -> Iterator[Found]:
    sign, digits, scale_word = match.groups()
    scale = 1
    end = match.end(2)
    if scale_word:
        word = scale_word.lower()
        if word in _SCALES:
            scale, end = _SCALES[word], match.end()
        elif word != "m" or sign or "." in digits:  # 100m are metres, £5m and 1.5m are millions
            scale, end = SHORT_SCALES[word], match.end()
    if scale == 1 and re.match("[a-zA-Z]", text[end : end + 1]) and not _ORDINAL.match(text, end):
        unit = unit_pattern("words").match(text, end)
        if not unit:  # 5G, 4x4
            return
    value = Decimal(digits.replace(",", "")) * scale
    step, grain = places(value, digits)
    quantity = Quantity(float(value), float(step * scale), float(grain))
    if sign:
        quantity = replace(quantity, dimension=CURRENCY_SIGNS[sign.lower()])
    elif suffix := _ORDINAL.match(text, end):
        yield Found(match.start(), suffix.end(), suffix.end(), replace(quantity, dimension="ordinal"))
        return
    yield from _finish(text, match.start(), end, quantity, float(scale))


def _words(text: str, match: re.Match[str]) -> Iterator[Found]:
    """A run of number words; where it is more than one number, its longest first part that is one."""
    tokens = list(re.finditer(rf"[{_LETTER}]+", match.group()))
    spelled = [_bare(t.group().lower()) for t in tokens]
    half = spelled[:2] == ["half", "a"]
    skip = 2 if half else 1 if spelled[0] == "a" else 0
    for count in range(min(len(tokens), skip + _MOST_WORDS), skip, -1):
        words = _arabic_order([w for w in spelled[skip:count] if w != "and"])
        value = parse_words(words, _VALUES, _SCALES)
        if value is None or spelled[count - 1] == "and":
            continue
        exact = Decimal(value) / 2 if half else Decimal(value)
        end = match.start() + tokens[count - 1].end()
        unit = unit_pattern("words").match(text, end)
        if value == 1 and not (unit and is_measure(unit.group(1).lower())):
            return
        grain = float(places(exact, str(exact))[1])
        yield from _finish(text, match.start(), end, Quantity(float(exact), 1.0, grain))
        return


def _bare(word: str) -> str:
    """An Arabic number word without the "and" that is written onto it."""
    return word[1:] if word not in _VALUES and word not in _SCALES and word.startswith("و") else word


def _arabic_order(words: list[str]) -> list[str]:
    """Arabic says the ones before the tens, and "three ten" for thirteen; put the larger first."""
    ordered = list(words)
    for i in range(len(ordered) - 1):
        ones, tens = ARABIC.get(ordered[i], 0), ARABIC.get(ordered[i + 1], 0)
        if 0 < ones < 10 <= tens < 100:
            ordered[i], ordered[i + 1] = ordered[i + 1], ordered[i]
    return ordered


def _finish(text: str, start: int, end: int, quantity: Quantity, scale: float = 1.0) -> Iterator[Found]:
    numeral_end, size = end, 1.0
    unit = unit_pattern("words").match(text, end)
    if unit:
        dimension, size = units()[unit.group(1).lower()]
        if quantity.dimension is None:
            quantity = replace(quantity, dimension=dimension)
            end = unit.end()
            if age := re.compile("[ -]old(?![a-z])").match(text, end):
                quantity, end, size = replace(quantity, dimension="age"), age.end(), 1.0
        else:
            size = 1.0
    elif quantity.dimension is None and (noun := _NEXT_WORD.match(text, end)):
        counted = noun.group(1).lower() not in _NO_NOUN and not noun.group(1)[0].isupper()
        quantity = replace(quantity, dimension="count" if counted else None)
    start, before = modifiers.before(text, start)
    end, after = modifiers.after(text, end)
    quantity = replace(
        quantity,
        value=quantity.value * size,
        step=quantity.step * size,
        grain=quantity.grain * size,
        high=None if quantity.high is None else quantity.high * size,
        mode=before or after or quantity.mode if quantity.mode != "between" else "between",
    )
    yield Found(start, end, numeral_end, quantity, scale, size)
