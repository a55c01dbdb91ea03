"""CommonMark with front matter. Nothing in a text can become markup, or HTML, that its author did not write."""

from __future__ import annotations

import json
import re

from caibian.publishing.documents.document import Block, Document, blocks
from caibian.publishing.documents.html import LANGUAGE_TAGS
from caibian.publishing.documents.words import Lines

_ANYWHERE = re.compile(r"([\\`*_\[\]<>&~|!#$])")
# What is markup at the beginning of a line alone.
_AT_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.M)
_PREFIX = {"heading": "## ", "subheading": "### ", "quote": "> ", "item": "- ", "paragraph": ""}


def write(document: Document, lines: Lines) -> bytes:
    """The text as UTF-8."""
    front = {
        "title": lines.title,
        "lang": LANGUAGE_TAGS[document.language],
        "author": document.byline,
        "source": document.source,
        "date": document.published_at.isoformat() if document.published_at else "",
        "state": document.state,
        "origin": lines.origin,
    }
    head = "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in front.items() if value
    )
    body = blocks(document.body)
    parts = [
        f"**{_escaped(lines.warning)}**" if lines.warning else "",
        f"# {_escaped(lines.title)}",
        _escaped(lines.credits),
        f"*{_escaped(lines.label)}*" if lines.label else "",
        *(_block(block, place > 0 and body[place - 1].kind == "item") for place, block in enumerate(body)),
        f"*{_escaped(lines.review)}*" if lines.review else "",
    ]
    # Items of one list stand line by line.
    text = "\n\n".join(part for part in parts if part).replace("\n\n\b", "\n")
    return f"---\n{head}---\n\n{text}\n".encode()


def _block(block: Block, follows_item: bool) -> str:
    written = "".join(f"**{_escaped(s.text)}**" if s.bold else _escaped(s.text) for s in block.spans)
    # Two blanks at the end of a line keep it a line.
    written = _AT_START.sub(_masked, written).replace("\n", "  \n")
    joined = "\b" if block.kind == "item" and follows_item else ""
    return f"{joined}{_PREFIX[block.kind]}{written}"


def _masked(found: re.Match[str]) -> str:
    # A digit cannot be escaped, but the point after it can: 1\. is text.
    return f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}"


def _escaped(text: str) -> str:
    return _ANYWHERE.sub(r"\\\1", text)
