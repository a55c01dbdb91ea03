"""Markdown and plain text files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from caibian.instructions.selfinstruct.documents.blocks import Block
from caibian.instructions.selfinstruct.documents.encoding import decode, read_bytes
from caibian.instructions.selfinstruct.documents.lines import (
    Line,
    clean_line,
    joined,
    lines_of,
    paragraphs,
)

_ATX = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})\s*$")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
_RULE = re.compile(
    r"\s*(?:[-*_]\s*){3,}$|\s*\|?[\s:|-]+\|[\s:|-]*$"
)  # a thematic break, or the rule of a table
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+(?=\S)|\s*>\s?")
_IMAGE = re.compile(r"!\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\([^)\n]{0,500}\)")
_EMPHASIS = re.compile(r"(\*\*|__|`|\*)(?=\S)([^*_`\n]{1,200}?)(?<=\S)\1")


def read_text(path: Path) -> Iterator[Block]:
    """The paragraphs of a plain text; lines that a margin broke are joined, a blank line ends a paragraph.

    Raises:
        InputError: the file is too large.
    """
    yield from paragraphs(lines_of(decode(read_bytes(path)).splitlines()))


def read_markdown(path: Path) -> Iterator[Block]:
    """The paragraphs, list items, table rows and headings of a Markdown file, as a reader sees them: without link
    addresses and marks of emphasis. Front matter is left out.

    Raises:
        InputError: the file is too large.
    """
    text = _FRONT_MATTER.sub("", decode(read_bytes(path)).replace("\r\n", "\n").lstrip("\n"))
    held: list[Line] = []
    inside_code = False
    for raw in [*text.split("\n"), ""]:
        if _FENCE.match(raw):
            inside_code = not inside_code
            held.append(Line(""))
        elif inside_code:
            held.append(Line(clean_line(raw)))
        elif heading := _ATX.match(raw):
            yield from _prose(held)
            if title := clean_line(_plain(heading.group(2))):
                yield Block(title, heading=len(heading.group(1)))
        elif (underline := _UNDERLINE.match(raw)) and held and held[-1].text and not held[-1].ends:
            title = held.pop().text
            yield from _prose(held)
            yield Block(title, heading=1 if underline.group(1)[0] == "=" else 2)
        elif _RULE.match(raw) and raw.strip():
            held.append(Line(""))
        else:
            _hold(raw, held)
    yield from _prose(held)


def _hold(raw: str, held: list[Line]) -> None:
    """Keep a line; an item of a list and a row of a table begin a block, lines of prose run on until a blank one."""
    is_row = raw.lstrip().startswith("|")
    if is_row or _ITEM.match(raw):
        held.append(Line(""))
    text = raw.strip(" |") if is_row else _ITEM.sub("", raw, count=1)
    held.append(Line(clean_line(_plain(text)), ends=is_row))


def _prose(held: list[Line]) -> Iterator[Block]:
    """The lines held so far as blocks; headings are marked in Markdown, so that none is guessed."""
    text = ""
    for line in held:
        if line.text:
            text = joined(text, line.text) if text else line.text
        if text and (line.ends or not line.text):
            yield Block(text)
            text = ""
    if text:
        yield Block(text)
    held.clear()


def _plain(text: str) -> str:
    return _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text)))
