"""What an edit changed, by word: Chinese by character, all else by word, nothing lost in between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from caibian.text._language import HAN

# Every character of a text is in exactly one of these.
_TOKENS = re.compile(rf"[{HAN}]|\d+(?:[.,]\d+)*|(?:(?![{HAN}])\w)+|\s+|.", re.S)
_MOST_WORK = 3_000_000  # pairs of equal tokens that are looked at: about a second
_GLUE = 1  # an unchanged token between two changes is shown as part of them


@dataclass(frozen=True, slots=True)
class Change:
    """A passage as it was and as it is; one of the two may be empty."""

    before: str
    after: str


def changes(before: str, after: str) -> list[Change]:
    """The passages in which two texts differ, in order.

    Very long and very different texts are compared by line, or as a whole, which takes bounded time.
    """
    return list(_compared(_TOKENS.findall(before), _TOKENS.findall(after), coarser=False))


def _compared(before: Sequence[str], after: Sequence[str], *, coarser: bool) -> Iterator[Change]:
    head = _common(before, after)
    before, after = before[head:], after[head:]
    tail = _common(before[::-1], after[::-1])
    before, after = before[: len(before) - tail], after[: len(after) - tail]
    if not before and not after:
        return
    if not before or not after or _work(before, after) > _MOST_WORK:
        if before and after and not coarser:
            yield from _by_line("".join(before), "".join(after))
        else:
            yield Change("".join(before), "".join(after))
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    pending: tuple[int, int, int, int] | None = None
    for kind, b0, b1, a0, a1 in matcher.get_opcodes():
        if kind == "equal":
            continue
        if pending is not None and b0 - pending[1] <= _GLUE:
            pending = (pending[0], b1, pending[2], a1)
            continue
        if pending is not None:
            yield _passage(before, after, pending)
        pending = (b0, b1, a0, a1)
    if pending is not None:
        yield _passage(before, after, pending)


def _by_line(before: str, after: str) -> Iterator[Change]:
    yield from _compared(before.splitlines(True), after.splitlines(True), coarser=True)


def _passage(before: Sequence[str], after: Sequence[str], place: tuple[int, int, int, int]) -> Change:
    b0, b1, a0, a1 = place
    return Change("".join(before[b0:b1]), "".join(after[a0:a1]))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many tokens two sequences begin with together."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length


def _work(before: Sequence[str], after: Sequence[str]) -> int:
    """What the comparison costs at its first step: how many pairs of equal tokens there are."""
    theirs = Counter(after)
    return sum(count * theirs[token] for token, count in Counter(before).items())
