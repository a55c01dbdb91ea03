"""A page whose body is pasted into the editor of a WeChat official account (公众号): every style stands at its element.

The editor drops classes, style sheets, scripts, ids, links outside of WeChat and all of the head, so none are used. The
explicit label survives the pasting; the implicit one stays with the file, and WeChat adds its own on publication.
"""

from __future__ import annotations

from html import escape

from caibian.publishing.documents.document import Block, Document, blocks
from caibian.publishing.documents.html import LANGUAGE_TAGS, spans
from caibian.publishing.documents.words import Lines

_TEXT = (
    "margin:0 0 1.2em;font-size:16px;line-height:1.9;letter-spacing:0.5px;color:#333333;text-align:justify;"
)
_SMALL = "margin:0 0 1em;font-size:13px;line-height:1.6;color:#888888;"
_BOXED = "margin:0 0 1.5em;padding:6px 10px;font-size:13px;line-height:1.6;color:#888888;background-color:#f5f5f5;border-left:3px solid #bbbbbb;"
_STYLES = {
    "paragraph": _TEXT,
    "heading": "margin:1.6em 0 0.8em;font-size:18px;line-height:1.5;font-weight:bold;color:#222222;",
    "subheading": "margin:1.4em 0 0.6em;font-size:16px;line-height:1.5;font-weight:bold;color:#222222;",
    "quote": "margin:0 0 1.2em;padding:0 0 0 12px;font-size:15px;line-height:1.8;color:#666666;border-left:3px solid #cccccc;",
    "item": "margin:0 0 0.6em;padding:0 0 0 1.2em;text-indent:-1em;font-size:16px;line-height:1.8;color:#333333;",
}
_BOLD = ('<strong style="font-weight:bold;">', "</strong>")


def write(document: Document, lines: Lines) -> bytes:
    """The page as UTF-8; the headline is the editor's own field, and so is not in the body."""
    direction = "direction:rtl;text-align:right;" if document.language == "ar" else ""
    parts = [
        _p(_BOXED, escape(lines.warning)) if lines.warning else "",
        _p(_SMALL, escape(lines.credits)) if lines.credits else "",
        _p(_BOXED, escape(lines.label)) if lines.label else "",
        *(_block(block) for block in blocks(document.body)),
        _p(_SMALL, escape(lines.review)) if lines.review else "",
    ]
    section = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="{LANGUAGE_TAGS[document.language]}">\n'
        f'<head>\n<meta charset="utf-8">\n<title>{escape(lines.title)}</title>\n</head>\n'
        f'<body>\n<section style="padding:0 8px;{direction}">\n{section}\n</section>\n</body>\n</html>\n'
    ).encode()


def _block(block: Block) -> str:
    text = spans(block, _BOLD)
    # The editor flattens lists that are pasted; a bullet in the text stays.
    return _p(_STYLES[block.kind], f"•&nbsp;{text}" if block.kind == "item" else text)


def _p(style: str, content: str) -> str:
    return f'<p style="{style}">{content}</p>'
