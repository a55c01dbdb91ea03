"""Numbers in a text, each with its value in a base unit, its precision and how exactly it is meant."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from datetime import date, datetime

from caibian.grounding.chinese_numbers import Found, find_chinese
from caibian.grounding.compound_numbers import find_compounds
from caibian.grounding.dates import find_dates
from caibian.grounding.folding import fold
from caibian.grounding.mentions import Mention
from caibian.grounding.word_numbers import find_in_words

_RANGE = re.compile(r"\s?(?:至|到|-{1,2}|~|to|and|الى|से)\s?")
_LIST = re.compile(r"、|和|与|及")


def find_numbers(
    text: str, language: str = "zh", published_at: date | datetime | None = None
) -> list[Mention]:
    """Numbers of a text in order, without those that belong to dates; `value` is a `Quantity`.

    All scripts that the text holds are read, whatever `language` is: a Chinese story quotes "$1.2 billion".
    """
    taken = [(d.start, d.end) for d in find_dates(text, language, published_at)]
    return numbers_outside(text, taken)


def numbers_outside(text: str, taken: list[tuple[int, int]]) -> list[Mention]:
    """Numbers of a text that do not touch the spans `taken`."""
    folded = fold(text)
    candidates = [*find_compounds(folded), *find_chinese(folded), *find_in_words(folded)]
    # Longest first at each place, then the one that knows what it measures.
    candidates.sort(key=lambda f: (f.start, -f.end, f.quantity.dimension is None))
    kept: list[Found] = []
    busy = sorted(taken)
    ends = [end for _, end in busy]  # the spans do not overlap, so their ends are in order too
    for found in candidates:
        if kept and found.start < kept[-1].end:
            continue
        nearest = bisect_right(ends, found.start)
        if nearest < len(busy) and busy[nearest][0] < found.end:
            continue
        kept.append(found)
    ranged = [_inherit(folded, f, kept[i + 1] if i + 1 < len(kept) else None) for i, f in enumerate(kept)]
    return [
        Mention("number", text[f.start : f.end], f.start, f.end, f.quantity)
        for f in ranged
        if f.quantity.dimension != "idiom"
    ]


def _inherit(text: str, found: Found, following: Found | None) -> Found:
    """The first number of a range or list takes unit and 万 from the last: 3至5万元."""
    quantity = found.quantity
    if following is None or quantity.dimension is not None or found.end != found.numeral_end:
        return found
    gap = text[found.end : following.start]
    ranged, listed = _RANGE.fullmatch(gap), _LIST.fullmatch(gap)
    if not ranged and not listed:
        return found
    factor = 1.0
    if ranged and found.scale == 1 and quantity.value < following.quantity.value / following.scale:
        factor = following.scale
    return replace(
        found,
        quantity=replace(
            quantity,
            value=quantity.value * factor * following.size,
            step=quantity.step * factor * following.size,
            grain=quantity.grain * factor * following.size,
            dimension=following.quantity.dimension if following.quantity.dimension != "score" else None,
        ),
    )
