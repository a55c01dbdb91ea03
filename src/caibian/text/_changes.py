"""What an edit changed, by word: Chinese by character, all else by word, nothing lost in between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from caibian.text._language import HAN

_LINES = re.compile(r"(?<=\n)")
_SENTENCES = re.compile(r"(?<=[。！？!?；;\n])|(?<=\. )")
# Every character of a text is in exactly one of these.
_TOKENS = re.compile(rf"[{HAN}]|\d+(?:[.,]\d+)*|(?:(?![{HAN}])\w)+|\s+|.", re.S)
_LEVELS: tuple[Callable[[str], list[str]], ...] = (_LINES.split, _SENTENCES.split, _TOKENS.findall)
"""Texts are compared by line, what differs by sentence, and what differs there by word: difflib is cubic at worst."""

_MOST_WORK = 30_000  # pairs of equal units in one comparison: some tenths of a second
_MOST_IN_ALL = 150_000  # and in all comparisons of two texts
_GLUE = 1  # an unchanged word between two changes is shown as part of them


@dataclass(frozen=True, slots=True)
class Change:
    """A passage as it was and as it is; one of the two may be empty."""

    before: str
    after: str


def changes(before: str, after: str) -> list[Change]:
    """The passages in which two texts differ, in order.

    In bounded time: what is very long, or made of few different words, is given as one change.
    """
    return list(_Comparison().compare(before, after, 0))


class _Comparison:
    """Two texts, and how much work they may still make."""

    def __init__(self) -> None:
        self._left = _MOST_IN_ALL

    def compare(self, before: str, after: str, level: int) -> Iterator[Change]:
        old, new = ([unit for unit in _LEVELS[level](text) if unit] for text in (before, after))
        head = _common(old, new)
        old, new = old[head:], new[head:]
        tail = _common(old[::-1], new[::-1])
        old, new = old[: len(old) - tail], new[: len(new) - tail]
        words = level == len(_LEVELS) - 1
        if not old and not new:
            return
        if not old or not new or not self._affords(old, new):
            if old and new:
                yield from self._coarsely("".join(old), "".join(new), level)
            else:
                yield Change("".join(old), "".join(new))
            return
        for b0, b1, a0, a1 in _different(old, new, _GLUE if words else 0):
            one, other = "".join(old[b0:b1]), "".join(new[a0:a1])
            if words:
                yield Change(one, other)
            else:
                yield from self.compare(one, other, level + 1)

    def _coarsely(self, old: str, new: str, level: int) -> Iterator[Change]:
        """What is too much to be compared as a whole: as many sentences on both sides are taken for the same ones."""
        words = len(_LEVELS) - 1
        if level < words:
            yield from self.compare(old, new, level + 1)
            return
        ours, theirs = ([unit for unit in _SENTENCES.split(text) if unit] for text in (old, new))
        if len(ours) != len(theirs) or len(ours) == 1:
            yield Change(old, new)
            return
        for one, other in zip(ours, theirs, strict=True):
            yield from self.compare(one, other, words)

    def _affords(self, old: Sequence[str], new: Sequence[str]) -> bool:
        theirs = Counter(new)
        pairs = sum(count * theirs[unit] for unit, count in Counter(old).items())
        work = pairs + len(old) + len(new)
        if work > min(_MOST_WORK, self._left):
            return False
        self._left -= work
        return True


def _different(old: Sequence[str], new: Sequence[str], glue: int) -> Iterator[tuple[int, int, int, int]]:
    """Ranges that differ; those with at most `glue` equal units between them are one."""
    pending: tuple[int, int, int, int] | None = None
    for kind, b0, b1, a0, a1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if pending is not None and b0 - pending[1] <= glue:
            pending = (pending[0], b1, pending[2], a1)
            continue
        if pending is not None:
            yield pending
        pending = (b0, b1, a0, a1)
    if pending is not None:
        yield pending


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many units two sequences begin with together."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length
