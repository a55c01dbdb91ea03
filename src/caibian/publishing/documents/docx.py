"""A Word document as Chinese offices set one: A4, 宋体 text, 黑体 headings, paragraphs indented by two characters."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from caibian.errors import MissingExtra
from caibian.publishing.documents.document import Block, Document, Kind, blocks
from caibian.publishing.documents.html import LANGUAGE_TAGS
from caibian.publishing.documents.words import Lines

try:
    import docx
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor
except ImportError as error:
    raise MissingExtra(error.name or "python-docx", "serve") from error

_SONG, _HEI = "宋体", "黑体"
_LATIN, _LATIN_HEADING = "Times New Roman", "Arial"
_TEXT_PT = 12.0  # 小四
_TITLE_PT = 22.0  # 二号
_SMALL_PT = 10.5  # 五号
_GREY = (0x59, 0x59, 0x59)
_INDENT = 2  # characters
_LABEL_STYLE = "AI Label"
_STYLES: dict[Kind, str] = {
    "paragraph": "Body Text",
    "heading": "Heading 2",
    "subheading": "Heading 3",
    "quote": "Quote",
    "item": "List Bullet",
}


def write(document: Document, lines: Lines) -> bytes:
    """The document as a DOCX file."""
    word = docx.Document()
    _page(word)
    _styles(word, document)
    _properties(word, document, lines)
    if lines.warning:
        _add(word, document, lines.warning, "Caption")
    _add(word, document, lines.title, "Title")
    for text, style in ((lines.credits, "Subtitle"), (lines.label, _LABEL_STYLE)):
        if text:
            _add(word, document, text, style)
    for block in blocks(document.body):
        _write_block(word, document, block)
    if lines.review:
        _add(word, document, lines.review, "Caption")
    written = io.BytesIO()
    word.save(written)
    return written.getvalue()


def _page(word: Any) -> None:
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(28)
    section.top_margin = section.bottom_margin = Mm(30)


def _styles(word: Any, document: Document) -> None:
    _font(word.styles["Normal"], _LATIN, _SONG, _TEXT_PT)
    word.styles["Normal"].paragraph_format.line_spacing = 1.5
    text = word.styles["Body Text"].paragraph_format
    text.space_after = Pt(0 if document.language == "zh" else 8)
    if document.language == "zh":
        _indent(word.styles["Body Text"])
    for name, size in (("Title", _TITLE_PT), ("Heading 2", 15.0), ("Heading 3", 13.0)):
        _font(word.styles[name], _LATIN_HEADING, _HEI, size, colour=(0, 0, 0))
    title = word.styles["Title"]
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for border in title.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)  # the template underlines its titles in blue
    word.styles.add_style(_LABEL_STYLE, WD_STYLE_TYPE.PARAGRAPH).base_style = word.styles["Normal"]
    for name in ("Subtitle", "Caption", _LABEL_STYLE):
        _font(word.styles[name], _LATIN, _SONG, _SMALL_PT, colour=_GREY)
        word.styles[name].font.italic = word.styles[name].font.bold = False
        word.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    # 楷体 is how Chinese print sets quotations, which has no italics.
    _font(word.styles["Quote"], _LATIN, "楷体", _TEXT_PT, colour=_GREY)


def _font(
    style: Any, latin: str, east_asian: str, size: float, colour: tuple[int, int, int] | None = None
) -> None:
    style.font.name, style.font.size = latin, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    # A theme's font goes before a named one, so the template's are taken away.
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), east_asian)
    fonts.set(qn("w:cs"), latin)
    if colour is not None:
        style.font.color.rgb = RGBColor(*colour)


def _indent(style: Any) -> None:
    """By characters, so that it follows the size of the type; the absolute one is for programs that know no other."""
    style.paragraph_format.first_line_indent = Pt(_INDENT * _TEXT_PT)
    style.element.get_or_add_pPr().find(qn("w:ind")).set(qn("w:firstLineChars"), str(_INDENT * 100))


def _properties(word: Any, document: Document, lines: Lines) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    core = word.core_properties
    # Word takes 255 characters of each.
    core.title, core.author = lines.title[:255], document.byline[:255]
    core.subject = core.keywords = core.comments = core.category = ""
    core.created = core.modified = now
    core.last_modified_by = (document.reviewed_by[-1] if document.reviewed_by else document.byline)[:255]
    core.revision = max(document.revision, 1)
    core.language = LANGUAGE_TAGS[document.language]
    core.content_status = document.state
    core.identifier = (document.uri or document.produce_id or "")[:255]


def _write_block(word: Any, document: Document, block: Block) -> None:
    paragraph = _paragraph(word, document, _STYLES[block.kind])
    for span in block.spans:
        for number, line in enumerate(span.text.split("\n")):
            run = _run(paragraph, document, line)
            run.bold = True if span.bold else None
            if number:
                run._r.insert(0, OxmlElement("w:br"))


def _add(word: Any, document: Document, text: str, style: str) -> None:
    _run(_paragraph(word, document, style), document, text)


def _paragraph(word: Any, document: Document, style: str) -> Any:
    paragraph = word.add_paragraph(style=style)
    if document.language == "ar":
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
    return paragraph


def _run(paragraph: Any, document: Document, text: str) -> Any:
    run = paragraph.add_run(text)
    properties = run._r.get_or_add_rPr()
    if document.language == "ar":
        properties.append(OxmlElement("w:rtl"))
    language = OxmlElement("w:lang")
    if document.language == "zh":
        language.set(qn("w:eastAsia"), "zh-CN")
    else:
        language.set(qn("w:bidi" if document.language in ("ar", "hi") else "w:val"), document.language)
    properties.append(language)
    return run
