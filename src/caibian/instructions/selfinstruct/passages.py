"""Blocks of a document cut into passages of a token budget, at headings and ends of sentences; nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from caibian.instructions.selfinstruct.documents import Block
from caibian.instructions.selfinstruct.tokens import QUARTERS, quarters
from caibian.text import sentence_spans

_SECTION = (
    0.5  # of the budget: a passage that long ends before a heading, a shorter one takes the next section in
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document that a model is asked about."""

    number: int  # in its document, from 1
    text: str
    page: int | None = None  # on which it begins
    section: tuple[str, ...] = ()  # headings it stands under, the highest first


@dataclass(frozen=True, slots=True)
class _Piece:
    """A heading, a sentence or a part of an overlong one; pieces laid end to end are the document."""

    text: str
    size: int  # quarters of a token
    page: int | None
    section: tuple[str, ...]
    heading: bool
    begins: bool  # the first of its block


def cut(blocks: Iterable[Block], budget: int) -> Iterator[Passage]:
    """Passages of at most `budget` tokens (see `estimate_tokens`), as the blocks come.

    A passage ends where the next sentence would go over the budget, or before a heading once it is half full; headings
    are never its last lines. A sentence longer than the budget is cut. The last passage comes, however short. Joined
    in order, passages hold every character of the blocks that is not a space.
    """
    room = budget * QUARTERS
    held: list[_Piece] = []
    size = number = 0
    for piece in _pieces(blocks, room):
        if held and (size + piece.size > room or (piece.heading and size >= _SECTION * room)):
            moved = _headings_at_end(held)
            number += 1
            yield _passage(number, held)
            held, size = moved, sum(one.size for one in moved)
            if held and size + piece.size > room:  # headings alone that leave no room
                number += 1
                yield _passage(number, held)
                held, size = [], 0
        held.append(piece)
        size += piece.size
    if held:
        yield _passage(number + 1, held)


def _headings_at_end(held: list[_Piece]) -> list[_Piece]:
    """Take the headings at the end out of a passage, for the next; none where it has nothing else."""
    at = len(held)
    while at and held[at - 1].heading:
        at -= 1
    moved = held[at:] if at else []
    del held[len(held) - len(moved) :]
    return moved


def _passage(number: int, held: list[_Piece]) -> Passage:
    text = "".join("\n" * (piece.begins and place > 0) + piece.text for place, piece in enumerate(held))
    first = next((piece for piece in held if not piece.heading), held[-1])
    return Passage(number, text.strip(), held[0].page, first.section)


def _pieces(blocks: Iterable[Block], room: int) -> Iterator[_Piece]:
    path: list[tuple[int, str]] = []
    for block in blocks:
        if block.heading:
            path = [(level, title) for level, title in path if level < block.heading]
            path.append((block.heading, block.text))
        section = tuple(title for _, title in path)
        ends = [end for _, end in sentence_spans(block.text)] or [len(block.text)]
        ends[-1] = len(block.text)  # spaces at the end belong to the last sentence
        if block.heading and quarters(block.text) <= room:
            ends = ends[-1:]
        start = 0
        for end in ends:
            for part in _within(block.text[start:end], room):
                yield _Piece(part, quarters(part), block.page, section, bool(block.heading), start == 0)
                start += len(part)


def _within(text: str, room: int) -> Iterator[str]:
    """A sentence as it is, or cut into parts that fit."""
    while quarters(text) > room:
        low, high = 1, len(text)  # the longest beginning that fits, at least one character
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if quarters(text[:middle]) <= room else (low, middle - 1)
        spaces = text.rfind(" ", low // 2, low) + 1
        yield text[: spaces or low]
        text = text[spaces or low :]
    yield text
