"""The words around a place of a text, by which two places are told to speak of the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from caibian.grounding.folding import fold, listed

_REACH = 30  # characters to either side that tell what a figure is about
_ACROSS = 0.4  # what words count of their weight beyond a comma
_CLAUSE_END = re.compile("[，,、：:]")
_HALF = 8  # characters away from which a word counts half as much
_NEAR_SHARE, _SENTENCE_SHARE = (
    0.6,
    0.4,
)  # of the words close by and of the whole sentence in the likeness of a place
_FEW_WORDS = 8  # in a shorter sentence one word in common says little
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s)")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(r"[^\W\d_\u4e00-\u9fff]{2,}")
_COMMON_WORDS = frozenset(
    listed(
        "the of and to in for on at by with from as is are was were be been has have had that this it its an"
    )
)

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Place:
    """The words around a place of a text: those close by, weighted, and those of its sentence."""

    near: Weights
    sentence: frozenset[str]
    weight: float  # of all words close by


class Surroundings:
    """The places of one text, each read once."""

    def __init__(self, text: str) -> None:
        self._text = fold(text).lower()
        self._places: dict[tuple[int, int], Place] = {}

    def place(self, start: int, end: int) -> Place:
        """The words around `start` to `end`."""
        if (known := self._places.get((start, end))) is None:
            known = self._places[start, end] = self._read(start, end)
        return known

    def _read(self, start: int, end: int) -> Place:
        text = self._text
        ends = [match.end() for match in _SENTENCE_END.finditer(text, max(0, start - 120), start)]
        first = ends[-1] if ends else max(0, start - 120)
        following = _SENTENCE_END.search(text, end, end + 120)
        last = following.start() if following else min(len(text), end + 120)
        near: dict[str, float] = {}
        sentence: set[str] = set()
        for word, at, until in _words(text, first, last):
            if at < end and start < until:
                continue
            sentence.add(word)
            before = until <= start
            away = start - until if before else at - end
            if away <= _REACH:
                key = ("<" if before else ">") + word
                between = text[until:start] if before else text[end:at]
                weight = 1 / (1 + away / _HALF) * (_ACROSS if _CLAUSE_END.search(between) else 1.0)
                near[key] = max(near.get(key, 0.0), weight)
        for key in (
            f"<{text[start - 1 : start]}",
            f">{text[end : end + 1]}",
        ):  # 在 before a place, 受伤 after a number
            if key[1:].isalpha():
                near[key] = 1.0
        return Place(near, frozenset(sentence), sum(near.values()))


def _words(text: str, start: int, end: int) -> Iterable[tuple[str, int, int]]:
    """Pairs of Chinese characters, and words of other scripts, with their places."""
    for match in _HAN.finditer(text, start, end):
        for at in range(match.start(), match.end() - 1):
            yield text[at : at + 2], at, at + 2
        if match.end() - match.start() == 1:
            yield match.group(), match.start(), match.end()
    for match in _WORD.finditer(text, start, end):
        if match.group() not in _COMMON_WORDS:
            yield match.group().removesuffix("s"), match.start(), match.end()  # cost and costs


def likeness(claim: Place, candidate: Place) -> float:
    """The share of the words around a claim that stand around a candidate too, between 0 and 1."""
    near = whole = 0.0
    if both := claim.near.keys() & candidate.near.keys():
        near = sum([min(claim.near[word], candidate.near[word]) for word in both]) / claim.weight
    if shared := claim.sentence & candidate.sentence:
        whole = len(shared) / max(_FEW_WORDS, min(len(claim.sentence), len(candidate.sentence)))
    return _NEAR_SHARE * near + _SENTENCE_SHARE * whole
