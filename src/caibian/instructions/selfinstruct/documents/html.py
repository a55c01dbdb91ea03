"""Web pages: the main text with its headings, found by trafilatura."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caibian.errors import InputError
from caibian.instructions.selfinstruct.documents.blocks import Block
from caibian.instructions.selfinstruct.documents.encoding import decode, read_bytes
from caibian.text import tidy

_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_HEADING = re.compile("h([1-6])")
_ONE_BLOCK = {"p", "item", "row", "quote", "code"}


def read_html(path: Path) -> Iterator[Block]:
    """The headings, paragraphs, list items and table rows of a page's main text.

    Raises:
        InputError: the file is too large, or no text is found in it.
    """
    import trafilatura

    text = _XML_DECLARATION.sub(
        "", decode(read_bytes(path))
    )  # lxml refuses a string that declares an encoding
    # A page in which nothing is found is an error below; it needs no line of log besides.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    page = trafilatura.bare_extraction(text, include_comments=False, include_tables=True, with_metadata=False)
    body = getattr(page, "body", None)
    blocks = [] if body is None else list(_blocks(body))
    if not blocks:
        raise InputError(f"{path.name}: no running text found in this page; save it as text or Markdown")
    yield from blocks


def _blocks(element: Any) -> Iterator[Block]:
    for child in element.iterchildren("*"):
        if child.tag == "head":
            level = _HEADING.fullmatch(child.get("rend") or "")
            if text := _text(child):
                yield Block(text, heading=int(level.group(1)) if level else 2)
        elif child.tag in _ONE_BLOCK:
            if text := _text(child, " | " if child.tag == "row" else ""):
                yield Block(text)
        else:
            yield from _blocks(child)
        if tail := tidy(child.tail or ""):
            yield Block(tail)


def _text(element: Any, between: str = "") -> str:
    if between:
        return between.join(
            filter(None, (tidy("".join(cell.itertext())) for cell in element.iterchildren("*")))
        )
    return tidy("".join(element.itertext()))
