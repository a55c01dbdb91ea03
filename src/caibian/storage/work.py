"""What an expert says of an item, by the letters of its seats, and whether it can stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from caibian.storage.refusals import Invalid

_MOST_COMMENT = 4000  # characters, as on the wire


@dataclass(frozen=True, slots=True)
class Work:
    """An expert's view of an item, by the letters of its seats."""

    order: Sequence[str] = ()  # best first
    violations: Mapping[str, Sequence[str]] = field(default_factory=dict)  # letter -> dimensions
    comment: str = ""
    seconds: float = 0.0


def letters(count: int) -> list[str]:
    """Letters of seats: A … Z, AA, AB …"""
    found = []
    for number in range(1, count + 1):
        text = ""
        while number:
            number, place = divmod(number - 1, 26)
            text = chr(ord("A") + place) + text
        found.append(text)
    return found


def check(work: Work, seats: int, rubric: Collection[str], *, complete: bool) -> None:
    """Whether an item with so many seats can be given this.

    Args:
        rubric: the dimensions that an answer may violate.
        complete: the order must name every answer.

    Raises:
        Invalid: naming the field, and the answer that is unknown, missing or named twice.
    """
    known = letters(seats)
    here = f"the answers are {', '.join(known)}"
    for place, letter in enumerate(work.order):
        if letter not in known:
            raise Invalid(f"order: there is no answer {letter[:20]!r}; {here}")
        if letter in work.order[:place]:
            raise Invalid(f"order: answer {letter} stands in it twice")
    if complete and (missing := [letter for letter in known if letter not in work.order]):
        raise Invalid(f"order: answer {', '.join(missing)} is missing")
    for letter, broken in work.violations.items():
        if letter not in known:
            raise Invalid(f"violations: there is no answer {letter[:20]!r}; {here}")
        for place, dimension in enumerate(broken):
            if dimension not in rubric:
                raise Invalid(f"violations.{letter}: the rubric has no dimension {dimension[:40]!r}")
            if dimension in broken[:place]:
                raise Invalid(f"violations.{letter}: {dimension} stands in it twice")
    check_text("comment", work.comment)


def check_text(name: str, text: str) -> None:
    """Whether a free text can be stored and shown.

    Raises:
        Invalid: naming the field.
    """
    if len(text) > _MOST_COMMENT:
        raise Invalid(f"{name}: {len(text):,} characters; at most {_MOST_COMMENT:,}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Invalid(f"{name}: holds half a character (a lone surrogate), which is no text") from None
