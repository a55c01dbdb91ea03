"""Quotations in a text, in the marks of all its scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from caibian.grounding.folding import skeleton
from caibian.grounding.mentions import Mention

_PAIRS = {"“": "”", "「": "」", "『": "』", "«": "»", "„": "“", "〝": "〞", "‘": "’"}
_CLOSING = frozenset(_PAIRS.values())
_DEEPEST = 8  # marks open at once; more is a text that never closes them
_LETTER_BESIDE = re.compile(r"\w")


def find_quotes(text: str, language: str = "zh") -> list[Mention]:
    """What stands in “”, 「」, 『』, «», ‘’ and "" in a text, without the marks; a quotation in a quotation is one too.

    `value` is the quotation without spaces, punctuation and case. Apostrophes and inch marks are no quotes;
    a mark that is never closed quotes nothing.
    """
    del language
    mentions = []
    for start, end in sorted(_spans(text)):
        value = skeleton(text[start:end])
        if value:
            mentions.append(Mention("quote", text[start:end], start, end, value))
    return mentions


def _spans(text: str) -> Iterator[tuple[int, int]]:
    open_marks: list[tuple[str, int]] = []
    straight: int | None = None
    for position, character in enumerate(text):
        if character == '"' or character == "＂":
            if straight is None:
                # 5" of rain: a straight mark right after a figure opens nothing
                straight = None if position and text[position - 1].isdigit() else position + 1
            else:
                yield straight, position
                straight = None
        elif character == "\n":
            straight = None  # no straight quotation runs over a line's end; curly ones may
        elif open_marks and character == open_marks[-1][0]:
            if character == "’" and _between_letters(text, position):
                continue  # an apostrophe
            yield open_marks.pop()[1], position
        elif character in _PAIRS:
            open_marks = [*open_marks[1 - _DEEPEST :], (_PAIRS[character], position + 1)]
        elif character in _CLOSING and any(character == mark for mark, _ in open_marks):
            while open_marks[-1][0] != character:  # an inner mark was never closed
                open_marks.pop()
            yield open_marks.pop()[1], position


def _between_letters(text: str, position: int) -> bool:
    return (
        0 < position < len(text) - 1
        and bool(_LETTER_BESIDE.match(text[position - 1]))
        and bool(_LETTER_BESIDE.match(text[position + 1]))
        and text[position + 1].isascii()
    )
