"""Pairs that say nearly what a kept pair says: candidates by MinHash, the verdict by ROUGE-L."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from caibian.instructions.selfinstruct.prompts import Pair
from caibian.similarity import minhash_signatures, rouge

_SHINGLE = 2  # characters: questions are short
_ROWS = 3  # per band, 42 bands: pairs of a Jaccard similarity of .5 meet with a probability of .996, of .2 with .29
_WHOLE = 0.7  # ROUGE-L of instruction and answer together (the threshold of Wang et al. 2023, Self-Instruct)
_QUESTION = 0.7  # ROUGE-L of the instructions alone …
_ITS_ANSWER = 0.5  # … where the answers are that much alike: 人口是多少 and 面积是多少 are two questions
_ITS_SAME_ANSWER = 0.8  # below, two answers to one question say two things: 21.38 and 5.12 of one figure
_SAME_QUESTION = 0.9  # an instruction that like another is the same question, whatever is answered


class Kept:
    """The pairs kept so far, in order."""

    def __init__(self) -> None:
        self._pairs: list[Pair] = []
        self._bands: dict[tuple[int, bytes], list[int]] = defaultdict(list)

    def twin(self, pair: Pair) -> Pair | None:
        """The first kept pair that says nearly the same; None where there is none."""
        near = {number for key in self._keys(pair) for number in self._bands.get(key, ())}
        return next(
            (self._pairs[number] for number in sorted(near) if _alike(pair, self._pairs[number])), None
        )

    def add(self, pair: Pair) -> None:
        """Keep a pair."""
        for key in self._keys(pair):
            self._bands[key].append(len(self._pairs))
        self._pairs.append(pair)

    @staticmethod
    def _keys(pair: Pair) -> Iterator[tuple[int, bytes]]:
        """The bands of the instruction, and of instruction and answer together; those of the two never meet."""
        both = minhash_signatures([pair.instruction, f"{pair.instruction}\n{pair.answer}"], size=_SHINGLE)
        for kind, signature in enumerate(both):
            for start in range(0, len(signature) - _ROWS + 1, _ROWS):
                yield 2 * start + kind, signature[start : start + _ROWS].tobytes()


def disputed(pairs: Sequence[Pair]) -> dict[int, Pair]:
    """Place -> its rival, for the pairs of one answer that ask the same and are answered in two ways: one of the two is
    wrong, or the question does not say enough."""
    found: dict[int, Pair] = {}
    for at, one in enumerate(pairs):
        for other_at, other in enumerate(pairs):
            same = at != other_at and rouge(one.instruction, other.instruction)["rougeL"] >= _SAME_QUESTION
            if same and rouge(one.answer, other.answer)["rougeL"] < _ITS_SAME_ANSWER:
                found[at] = other
    return found


def _alike(one: Pair, other: Pair) -> bool:
    question = rouge(one.instruction, other.instruction)["rougeL"]
    if question >= _SAME_QUESTION:
        return True
    answer = rouge(one.answer, other.answer)["rougeL"]
    if question >= _QUESTION and answer >= _ITS_ANSWER:
        return True
    whole = rouge(f"{one.instruction}\n{one.answer}", f"{other.instruction}\n{other.answer}")["rougeL"]
    return whole >= _WHOLE
