"""A number of a text that may be another, and the places where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import permutations
from math import ceil, floor
from random import Random

from caibian.grounding import Mention, Quantity, find_names, find_numbers
from caibian.instructions.augment.jobs import covered

Edits = list[tuple[int, int, str]]

_NUMERAL = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_CHINESE_NUMERAL = re.compile(r"[〇零一二两三四五六七八九十百千]")
# They follow from other numbers, name something, or are known of an event (70周年, 50多年).
_KINDS_KEPT = ("percent", "ordinal", "score", "duration")
# Numbers that are names or measures of everybody's: emergency calls, hours of a day, days of a year.
_KNOWN = ("12", "24", "60", "90", "110", "119", "120", "122", "180", "315", "360", "365", "911", "996", "12306", "12315", "12345")  # fmt: skip
_YEAR = re.compile(r"(?:1[789]|20|21)\d\d")
# What stands before the number of a telephone, a file or a paragraph (Section 404, Boeing 747).
_NUMBERED = re.compile(
    r"(?:电话|手机|热线|号码|编号|邮编|账号|卡号|[Tt]el|[Pp]hone|No\.?|\b[A-Z]\w*)\W{0,3}$"
)
_ANNIVERSARY = re.compile(r"[多余]?(?:周年|年代|年|世纪|届|岁|st\b|nd\b|rd\b|th\b)")
_RELATIVE = re.compile(
    r"倍|[一二两三四五六七八九几]成|一番|一半|过半|百分点|\b(?:half|double[sd]?|twice|tripled?|thirds?|quarters?)\b"
)
_LEAST, _MOST = 0.8, 1.25  # of the old number: of the same order, so that its story stays believable
_LONGEST = 6  # significant figures: a longer number is that of a telephone, a card or a file
_NEAR = 0.05  # two numbers this near each other may be one, rounded
_MOST_NUMBERS = 12  # in a text: tables of figures hang together in more ways than can be tried


@dataclass(frozen=True, slots=True)
class _Place:
    text: int  # 0 input, 1 answer
    start: int
    end: int
    numeral: str
    mention: Mention
    value: Quantity


def other_number(texts: tuple[str, str], language: str, draw: Random) -> tuple[Edits, Edits]:
    """Edits of input and answer that put another number in the place of one, wherever it stands; or none.

    A number qualifies if it is written in figures, and no other number of the two texts is near it, or gives it as a
    sum or difference; beside a percentage also none may measure the same.
    """
    places = _places(texts, language)
    relative = any(place.value.dimension == "percent" for place in places) or any(
        map(_RELATIVE.search, texts)
    )
    if len(places) > _MOST_NUMBERS:
        return [], []
    numerals = [
        numeral
        for numeral in dict.fromkeys(place.numeral for place in places if place.text == 0)
        if numeral and _free(numeral, places, relative)
    ]
    draw.shuffle(numerals)
    for numeral in numerals:
        new = _another(numeral, places, draw)
        if new is None or any(new in text for text in texts):
            continue
        edits: tuple[Edits, Edits] = ([], [])
        for place in places:
            if place.numeral == numeral:
                edits[place.text].append((place.start, place.end, new))
        return edits
    return [], []


def _places(texts: tuple[str, str], language: str) -> list[_Place]:
    """Every number of the two texts; `numeral` is empty where it cannot be replaced."""
    found: list[_Place] = []
    for which, text in enumerate(texts):
        names = [(name.start, name.end) for name in find_names(text, language)]
        for mention in find_numbers(text, language):
            assert isinstance(mention.value, Quantity)
            figures = _NUMERAL.findall(mention.text)
            plain = len(figures) == 1 and not _CHINESE_NUMERAL.search(mention.text)
            at = mention.start + (mention.text.find(figures[0]) if plain else 0)
            end = at + (len(figures[0]) if plain else 0)
            beside = text[max(0, at - 1) : at] + text[end : end + 1]
            fits = (
                plain
                and mention.value.dimension not in _KINDS_KEPT
                and mention.value.high is None
                and mention.value.other is None
                and not covered(names, at, end)
                and not re.search(r"[A-Za-z\d/*-]", beside)
                and not _YEAR.fullmatch(figures[0])
                and not _NUMBERED.search(text[:at])
                and not _ANNIVERSARY.match(text, end)
            )
            found.append(_Place(which, at, end, figures[0] if fits else "", mention, mention.value))
    return found


def _free(numeral: str, places: list[_Place], relative: bool) -> bool:
    """Whether nothing else in the texts depends on a number, as far as arithmetic shows it."""
    own = [place.value for place in places if place.numeral == numeral]
    others = [place.value for place in places if place.numeral != numeral]
    if numeral in _KNOWN or len(numeral.replace(",", "")) < 2:
        return False
    if len({(value.value, value.dimension) for value in own}) > 1:  # 12人 and 12万元
        return False
    value, dimension = own[0].value, own[0].dimension or ""
    if dimension.startswith("money") and any(
        (other.dimension or "").startswith("money") and other.dimension != dimension for other in others
    ):
        return False  # 189 trillion yen ($1.8 trillion)
    if any(_near(value, other.value) for other in others):
        return False
    if any(_near(first.value + second.value, value) for first, second in permutations(others, 2)):
        return False
    if any(
        _near(first.value + value, second.value) or _near(first.value * value, second.value)
        for first, second in permutations(others, 2)
    ):
        return False
    return not (relative and any(other.dimension == own[0].dimension for other in others))


def _near(first: float, second: float) -> bool:
    return abs(first - second) <= _NEAR * max(abs(first), abs(second))


def _another(numeral: str, places: list[_Place], draw: Random) -> str | None:
    """A number of the same length, as round and with as many decimals, near the old one, and on the same side of all
    numbers that measure the same (800元降到600元); None where there is none."""
    whole = numeral.replace(",", "")
    figures = whole.replace(".", "")
    significant = figures.rstrip("0")
    if len(significant) > _LONGEST or not significant or significant[0] == "0":
        return None
    if significant == "1" and len(figures) > 1:
        return None  # 10, 100 and 1,000 are round on purpose
    size = len(significant)
    old = int(significant)
    own = next(place.value for place in places if place.numeral == numeral)
    bounds = [
        place.value.value / own.value * old
        for place in places
        if place.numeral != numeral and place.value.dimension == own.dimension and own.value
    ]
    low = max(10 ** (size - 1), ceil(old * _LEAST), *(ceil(bound) for bound in bounds if bound < old))
    high = max(old + 1, floor(old * _MOST))
    high = min(10**size - 1, high, *(floor(bound) for bound in bounds if bound > old))
    news = [one for one in range(low, high + 1) if one != old and one % 10 and one not in bounds]
    if not news:
        return None
    made = str(draw.choice(news)) + "0" * (len(figures) - size)
    point = whole.find(".")
    if point >= 0:
        return f"{made[:point]}.{made[point:]}"
    return f"{int(made):,}" if "," in numeral else made
