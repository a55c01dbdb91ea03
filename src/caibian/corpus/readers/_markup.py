"""The running text of marked-up text: one line a paragraph."""

from __future__ import annotations

from typing import Any

_BLOCKS = frozenset(
    [
        *("p", "h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2", "li", "blockquote", "pre", "td", "th", "br"),
        *("div", "section", "article"),
    ]
)
_NO_TEXT = frozenset(["script", "style", "head", "title", "template", "noscript"])
_MOST_DEPTH = 200  # of elements in elements; deeper is no text but an attack


def html_text(markup: str) -> str:
    """The text of a piece of HTML."""
    from lxml import etree, html

    try:
        return element_text(html.fromstring(f"<div>{markup}</div>"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return markup


def element_text(element: Any) -> str:
    """The text of an lxml element."""
    parts: list[str] = []
    _collect(element, parts, 0)
    return "\n".join(line for line in (" ".join(part.split()) for part in "".join(parts).split("\n")) if line)


def _collect(element: Any, parts: list[str], depth: int) -> None:
    name = element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else ""
    if name in _NO_TEXT or depth > _MOST_DEPTH:
        return
    block = name in _BLOCKS
    if block:
        parts.append("\n")
    parts.append(_inline(element.text))
    for child in element:
        _collect(child, parts, depth + 1)
        parts.append(_inline(child.tail))
    if block:
        parts.append("\n")


def _inline(text: str | None) -> str:
    return (text or "").replace("\n", " ").replace("\r", " ")
