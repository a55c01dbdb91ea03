"""A PDF file for reading and printing: A4, broken into lines by the rules of Chinese, its text selectable.

Chinese is set in STSong-Light, one of the fonts that PDF names for it; viewers bring it or put their own in its place.
Latin letters and figures are set in Times. What neither has is refused: a blank in the place of a name would be an error.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache
from html import escape
from typing import Any

from caibian.errors import MissingExtra
from caibian.publishing.documents.document import Block, Document, blocks
from caibian.publishing.documents.export import CannotExport
from caibian.publishing.documents.words import Lines

try:
    from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate
except ImportError as error:
    raise MissingExtra(error.name or "reportlab", "serve") from error

_SONG = "STSong-Light"
_LATIN, _LATIN_BOLD = "Times-Roman", "Times-Bold"
_TEXT_PT = 12
_GREY = "#595959"
# Quotation marks, dashes and dots are as wide as a character in Chinese, and so not among these.
_LATIN_RUN = re.compile("[ -~\u00a0-\u00b6\u00b8-\u00ff]+")


def write(document: Document, lines: Lines) -> bytes:
    """The document as a PDF file.

    Raises:
        CannotExport: the language's letters join or reorder, which is not set here, or the fonts lack a character.
    """
    if document.language in ("ar", "hi"):
        raise CannotExport(
            "pdf: Arabic and Hindi are not typeset; export DOCX or HTML and print it to PDF from there"
        )
    everything = "\n".join(
        (lines.title, lines.credits, lines.label, lines.warning, lines.review, document.body)
    )
    chinese = document.language == "zh" or not _is_latin(everything)
    if chinese and (lacking := "".join(dict.fromkeys(c for c in everything if not _is_set(c)))):
        raise CannotExport(f"pdf: its fonts lack {lacking[:20]}; export DOCX or HTML and print it from there")
    styles = _styles(chinese=chinese)
    story = [
        _paragraph(_markup(text, styles[style]), styles[style])
        for text, style in (
            (lines.warning, "small"),
            (lines.title, "title"),
            (lines.credits, "small"),
            (lines.label, "small"),
        )
        if text
    ]
    story += [_block(block, styles) for block in blocks(document.body)]
    if lines.review:
        story.append(_paragraph(_markup(lines.review, styles["small"]), styles["small"]))
    written = io.BytesIO()
    SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=28 * mm,
        rightMargin=28 * mm,
        topMargin=28 * mm,
        bottomMargin=28 * mm,
        title=lines.title,
        author=document.byline,
        lang=document.language,
        producer="Caibian",
    ).build(story, onFirstPage=_number, onLaterPages=_number)
    return written.getvalue()


def _is_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _is_set(character: str) -> bool:
    """Whether STSong (GBK and the first extension of Han) or Times has it."""
    if (
        _LATIN_RUN.fullmatch(character)
        or "\u3400" <= character <= "\u4db5"
        or character in "\n\t\u00b7\u2022"
    ):
        return True
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=1)
def _register() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(_SONG))


def _styles(*, chinese: bool) -> dict[str, ParagraphStyle]:
    _register()
    plain, bold = (_SONG, _SONG) if chinese else (_LATIN, _LATIN_BOLD)
    text = ParagraphStyle(
        "text",
        fontName=plain,
        fontSize=_TEXT_PT,
        leading=_TEXT_PT * 1.75,
        spaceAfter=4 if chinese else 8,
        firstLineIndent=2 * _TEXT_PT if chinese else 0,
        # Chinese breaks between any two characters but before 。，」 and after 「（.
        wordWrap="CJK" if chinese else None,
        alignment=TA_JUSTIFY,
        splitLongWords=True,
    )

    def like(name: str, **changes: Any) -> ParagraphStyle:
        return ParagraphStyle(name, parent=text, firstLineIndent=0, **changes)

    return {
        "text": text,
        "title": like("title", fontName=bold, fontSize=20, leading=30, alignment=TA_CENTER, spaceAfter=10),
        "heading": like("heading", fontName=bold, fontSize=15, leading=24, spaceBefore=8, keepWithNext=1),
        "subheading": like(
            "subheading", fontName=bold, fontSize=13, leading=21, spaceBefore=6, keepWithNext=1
        ),
        "quote": like("quote", leftIndent=2 * _TEXT_PT, textColor=_GREY),
        "item": like("item", leftIndent=1.5 * _TEXT_PT, bulletIndent=0.25 * _TEXT_PT),
        "small": like("small", fontSize=10.5, leading=16, textColor=_GREY, alignment=TA_CENTER),
    }


def _block(block: Block, styles: dict[str, ParagraphStyle]) -> Paragraph:
    style = styles["text" if block.kind == "paragraph" else block.kind]
    markup = "".join(_markup(span.text, style, bold=span.bold) for span in block.spans)
    return _paragraph(markup, style, "•" if block.kind == "item" else None)


def _markup(text: str, style: ParagraphStyle, *, bold: bool = False) -> str:
    """Text as reportlab's markup, each script in its font. STSong has no bold cut."""
    latin = _LATIN_BOLD if bold or style.fontName == _LATIN_BOLD else _LATIN
    written = escape(text, quote=False)
    if style.fontName == _SONG:
        written = _LATIN_RUN.sub(lambda run: f'<font name="{latin}">{run[0]}</font>', written)
    elif bold:
        written = f'<font name="{latin}">{written}</font>'
    return written.replace("\n", "<br/>")


def _paragraph(markup: str, style: ParagraphStyle, bullet: str | None = None) -> Paragraph:
    return Paragraph(markup, style, bulletText=bullet)


def _number(canvas: Any, template: Any) -> None:
    canvas.saveState()
    canvas.setFont(_LATIN, 9)
    canvas.drawCentredString(A4[0] / 2, 15 * mm, str(template.page))
    canvas.restoreState()
