"""A text on its way out of the house, and the pieces that every format writes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from caibian.api.wire import Language

Kind = Literal["paragraph", "heading", "subheading", "quote", "item"]


@dataclass(frozen=True, slots=True)
class Document:
    """What is published: a draft as it stands, without the house's own papers on it."""

    title: str
    body: str
    """Paragraphs apart by a blank line (or line by line, where there is none); `## ` and `### ` begin headings, `> ` a
    quote, `- ` an item of a list, `**…**` is bold. Everything else is text as it stands."""
    language: Language = "zh"
    byline: str = ""
    source: str = ""
    """The source line, as in 来源：新华社; one line, not the material that facts are checked against."""
    published_at: datetime | None = None  # when this text is published
    ai: bool = False  # a model had a part in it, so that it must be labelled
    model: str | None = None
    task: str | None = None
    produce_id: str | None = None  # the house's id of this content; None: one is made
    reviewed_by: tuple[str, ...] = ()  # names, in the order in which they passed it
    revision: int = 0
    state: str = "draft"
    uri: str | None = None  # the text's own identifier; None: made from `produce_id`

    @property
    def published(self) -> bool:
        """Whether it may go out; anything else is a copy for the house."""
        return self.state == "published"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one look."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, quote or item. Lines inside are kept apart by a newline."""

    kind: Kind
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(span.text for span in self.spans)


_MARKS: tuple[tuple[str, Kind], ...] = (
    ("### ", "subheading"),
    ("## ", "heading"),
    ("# ", "heading"),
    ("> ", "quote"),
    ("- ", "item"),
    ("* ", "item"),
)
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
# No XML 1.0 document may hold these, as text or as a reference, and no reader sees them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LINES = re.compile(r"\r\n|[\r\x85\u2028\u2029]")


def printable(document: Document) -> Document:
    """The document without characters that no format can hold; one-line fields become one line."""
    return replace(
        document,
        title=_line(document.title),
        body=_LINES.sub("\n", _UNPRINTABLE.sub("", document.body)),
        byline=_line(document.byline),
        source=_line(document.source),
        reviewed_by=tuple(_line(name) for name in document.reviewed_by if name.strip()),
    )


def blocks(body: str) -> list[Block]:
    """The blocks of a body, in order."""
    apart = r"\n[ \t\u3000]*\n\s*" if re.search(r"\n[ \t\u3000]*\n", body.strip()) else r"\n"
    found: list[Block] = []
    for piece in re.split(apart, body.strip()):
        found += _blocks(piece.strip(" \t\u3000\n"))
    return found


def _blocks(piece: str) -> list[Block]:
    """Blocks of a piece without blank lines: a marked line stands alone, unmarked ones together."""
    found: list[Block] = []
    loose: list[str] = []
    for line in [line.strip(" \t\u3000") for line in piece.split("\n")] if piece else []:
        mark, kind = next(((m, k) for m, k in _MARKS if line.startswith(m)), ("", None))
        text = line[len(mark) :].strip()
        if kind is None or not text:
            loose.append(line)
            continue
        if loose:
            found.append(Block("paragraph", _spans("\n".join(loose))))
            loose = []
        found.append(Block(kind, _spans(text)))
    if loose:
        found.append(Block("paragraph", _spans("\n".join(loose))))
    return found


def _spans(text: str) -> tuple[Span, ...]:
    pieces = _BOLD.split(text)
    return tuple(Span(piece, bold=number % 2 == 1) for number, piece in enumerate(pieces) if piece)


def _line(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub("", text).split())
