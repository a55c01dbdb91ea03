"""What the ways of augmenting share: one copy to make of one example, and where its input may be changed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from caibian.grounding import find
from caibian.records import Example
from caibian.tasks import TaskCard
from caibian.tasks.prompt import field_prefix
from caibian.text import HAN

Span = tuple[int, int]

_HAN_RUN = re.compile(f"[{HAN}]+")
_WORD = re.compile(rf"(?:(?![{HAN}\d_])[\w\u0900-\u0963]){{2,}}")  # vowel signs of Devanagari are no \w


class Refused(Exception):
    """No new example comes of a job; the argument is the reason's name."""


@dataclass(frozen=True, slots=True)
class Job:
    """One copy to make of one example."""

    example: Example
    card: TaskCard
    copy: int  # from 1
    seed: int  # of this copy alone

    @property
    def random(self) -> Random:
        """A generator of this job's own, so that no job's draws depend on another's."""
        return Random(self.seed)

    def with_input(self, text: str, output: str | None = None) -> Example:
        """The example with another input. What its facts are checked against is that input, nothing else."""
        return dataclasses.replace(
            self.example,
            input=text,
            output=self.example.output if output is None else output,
            source_text=None,
        )


def passages(card: TaskCard, text: str, language: str) -> list[Span]:
    """Where the texts of the fields stand in an input: all of it, or what follows each field's name (`标题：`)."""
    starts: list[Span] = []  # where a field's name begins and ends
    for name in card.input:
        prefix = field_prefix(card, name, language)
        after = starts[-1][1] if starts else 0
        at = text.find(prefix, after)
        while at > 0 and text[at - 1] != "\n":
            at = text.find(prefix, at + 1)
        if at >= 0:
            starts.append((at, at + len(prefix)))
    if not starts or starts[0][0] != 0:
        return [(0, len(text))]
    ends = [start - 1 for start, _ in starts[1:]] + [len(text)]
    return [(begin, end) for (_, begin), end in zip(starts, ends, strict=True) if end > begin]


@lru_cache(maxsize=256)  # several copies of one example in a row
def facts(text: str, language: str) -> tuple[Span, ...]:
    """Where numbers, dates, names and quotations stand: what no slip of the pen and no synonym may touch."""
    return tuple((mention.start, mention.end) for mention in find(text, language))


def said_again(text: str, answer: str) -> list[Span]:
    """Where an input says what the answer says: pairs of Han characters, elsewhere words of two letters and more."""
    found: list[Span] = []
    for run in _HAN_RUN.finditer(text):
        at = range(run.start(), run.end() - 1)
        found += [(start, start + 2) for start in at if text[start : start + 2] in answer]
    said = {word.group().lower() for word in _WORD.finditer(answer)}
    found += [word.span() for word in _WORD.finditer(text) if word.group().lower() in said]
    return found


def edited(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """The text with spans replaced; they must not overlap."""
    pieces: list[str] = []
    at = 0
    for start, end, new in sorted(edits):
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


def covered(spans: Iterable[Span], start: int, end: int) -> bool:
    """Whether any of the spans touches a place."""
    return any(left < end and start < right for left, right in spans)
