"""What stands in a source where a text says something else: the number, date, name or quotation nearest in meaning.

Nearness is that of the words around: those of the same sentence, the nearer the more. To it comes what the two have in
common themselves: unit and order of magnitude, the day of the same month, a surname, most words of a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from caibian.grounding.folding import fold
from caibian.grounding.mentions import DateValue, Kind, Mention, Quantity
from caibian.grounding.source import Source
from caibian.grounding.surroundings import Surroundings, likeness
from caibian.grounding.units import compatible

_ENOUGH: dict[Kind, float] = {"number": 0.34, "date": 0.34, "name": 0.42, "quote": 0.5}
_CLEAR = 0.26  # enough too, where nothing else comes near
_AHEAD = 1.5
_SOME_WORDS = 0.08  # of the surroundings, in common
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_UNIT = re.compile(r"[^\d.,%~:-]+$|%$")


def nearest(
    mention: Mention, around: Surroundings, source: Source, beside: Surroundings
) -> tuple[int, int] | None:
    """Where the source has another value in the place of a mention that it does not bear out; None where nothing is like it.

    Args:
        around: the text of the mention.
        beside: that of the source.
    """
    claim = around.place(mention.start, mention.end)
    best, best_score, next_score, alike = None, 0.0, 0.0, 0.0
    for start, end, own in _CANDIDATES[mention.kind](mention, source):
        context = likeness(claim, beside.place(start, end))
        score = own + context
        if score > best_score:
            if best is None or source.text[slice(*best)] != source.text[start:end]:
                next_score = best_score
            best, best_score, alike = (start, end), score, context
        elif score > next_score and best is not None and source.text[slice(*best)] != source.text[start:end]:
            next_score = score
    if alike < _SOME_WORDS and mention.kind in ("number", "date"):
        return None  # the same unit alone says nothing
    clear = alike >= _SOME_WORDS and best_score >= _CLEAR and best_score >= _AHEAD * next_score
    return best if clear or best_score >= _ENOUGH[mention.kind] else None


Candidate = tuple[int, int, float]  # where it stands, and how like the claim it is by itself


_SAME_UNIT = 0.12
_RARE_UNIT = 0.16  # more, where no other number of the source has it


def _numbers(mention: Mention, source: Source) -> Iterable[Candidate]:
    claim = mention.value
    assert isinstance(claim, Quantity)
    unit = _unit(mention.text)
    rare = _RARE_UNIT if sum(unit == _unit(candidate.text) for candidate in source.numbers) == 1 else 0.0
    for candidate in source.numbers:
        value = candidate.value
        assert isinstance(value, Quantity)
        if (claim.dimension == "score") != (value.dimension == "score") or not compatible(
            claim.dimension, value.dimension
        ):
            continue
        own = _SAME_UNIT + rare if unit and unit == _unit(candidate.text) else 0.0
        own -= 0.1 if (claim.dimension is None) != (value.dimension is None) else 0.0
        own += 0.06 if value.value and 0.5 <= claim.value / value.value <= 2 else 0.0
        own += 0.1 if _one_figure_off(mention.text, candidate.text) else 0.0
        yield candidate.start, candidate.end, own


_SCALES = "十百千万亿多余"


def _unit(text: str) -> str:
    found = _UNIT.search(fold(text))
    return found.group().strip().lstrip(_SCALES) if found else ""


def _one_figure_off(one: str, other: str) -> bool:
    one, other = fold(one), fold(other)
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


_PARTS = ("year", "month", "day", "hour", "minute", "part")


def _dates(mention: Mention, source: Source) -> Iterable[Candidate]:
    claim = mention.value
    assert isinstance(claim, DateValue)
    stated = [part for part in _PARTS if getattr(claim, part) is not None]
    for candidate in source.dates:
        value = candidate.value
        assert isinstance(value, DateValue)
        given = [part for part in _PARTS if getattr(value, part) is not None]
        both = [part for part in stated if part in given]
        if not both or both[-1] != stated[-1]:  # the finest part that is stated is what differs
            continue
        same = sum(getattr(claim, part) == getattr(value, part) for part in both)
        own = 0.12 if stated == given else 0.0
        yield candidate.start, candidate.end, own + 0.15 * same / len(both)


def _names(mention: Mention, source: Source) -> Iterable[Candidate]:
    claim = str(mention.value)
    for candidate in source.names:
        if own := _name_likeness(mention.text, claim, candidate.text, str(candidate.value)):
            yield candidate.start, candidate.end, own


def _name_likeness(text: str, claim: str, other_text: str, other: str) -> float:
    """How like one name is to another: a character or letter off, the same family name, the same end (大学, 公司)."""
    if claim == other or not other:
        return 0.0
    han = bool(_HAN.fullmatch(claim)) and bool(_HAN.fullmatch(other))
    if han:
        if len(claim) >= 3:
            off = _distance(claim, other, 2 if len(claim) >= 6 else 1)
            if off <= 1:
                return 0.45
            if off == 2 and len(claim) >= 6:
                return 0.4
        if len(claim) <= 4 and len(other) <= 4 and claim[0] == other[0]:
            return 0.38 if len(claim) == len(other) else 0.25
        if min(len(claim), len(other)) > 3 and claim[-2:] == other[-2:]:
            return 0.2
        return 0.02 if abs(len(claim) - len(other)) <= 1 and max(len(claim), len(other)) <= 4 else 0.0
    if _HAN.search(claim) or _HAN.search(other):
        return 0.0
    words, others = text.lower().split(), other_text.lower().split()
    for rest in (
        other,
        "".join(others[-len(words) :]),
    ):  # with and without what stands before it: Mayor Sadiq Khan
        if len(claim) >= 5 and _distance(claim, rest, 2) <= (1 if len(claim) < 8 else 2):
            return 0.45
    if words[-1] == others[-1] and len(words[-1]) > 2:
        return 0.3
    return 0.2 if words[0] == others[0] and len(words[0]) > 3 else 0.02


def _distance(one: str, other: str, most: int) -> int:
    """Edits from one to the other, counted up to `most` + 1."""
    if abs(len(one) - len(other)) > most or len(set(one) - set(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
        if min(row) > most:
            return most + 1
    return row[-1]


_SHORT_QUOTE = 4  # characters without marks: two of them in common are chance


def _quotes(mention: Mention, source: Source) -> Iterable[Candidate]:
    claim = _pairs(str(mention.value))
    if not claim or len(str(mention.value)) < _SHORT_QUOTE:
        return
    spans = [(quote.start, quote.end, str(quote.value)) for quote in source.quotes]
    for start, end, value in (*spans, *source.clauses):
        other = _pairs(value)
        if not other:
            continue
        shared = len(claim & other)
        held, likeness = shared / len(claim), 2 * shared / (len(claim) + len(other))
        if held >= 0.5:
            yield start, end, 0.4 * held + 0.4 * likeness


def _pairs(value: str) -> frozenset[str]:
    return frozenset(value[at : at + 2] for at in range(len(value) - 1))


_CANDIDATES: dict[Kind, Callable[[Mention, Source], Iterable[Candidate]]] = {
    "number": _numbers,
    "date": _dates,
    "name": _names,
    "quote": _quotes,
}
