"""Files as other tools make them: pictures by Pillow, documents by python-docx, reportlab and pypdf."""

from __future__ import annotations

import io
from typing import Any

import docx
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen import canvas

from caibian.publishing import Label

LABEL = Label.first("001191110102MAD55U9H0F10002", "draft-7-3")
OTHER = Label.first("001191110102MAD55U9H0F10002", "draft-8-1", propagator="platform-2", certainty="2")


def picture(width: int = 160, height: int = 120, mode: str = "RGB") -> Image.Image:
    """Something with edges, so that a codec has work to do."""
    made = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    made.putpixel((0, 0), (200, 30, 30))
    return made.convert(mode)


def png(image: Image.Image | None = None, **chosen: Any) -> bytes:
    """A PNG file with a text chunk and a resolution."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "摄影记者")
    return _saved(image or picture(), "PNG", **({"pnginfo": text, "dpi": (300, 300)} | chosen))


def jpeg(image: Image.Image | None = None, **chosen: Any) -> bytes:
    """A JPEG file with EXIF, a comment and a colour profile."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera", 1
    chosen = {"exif": exif, "comment": b"desk", "icc_profile": b"profile" * 40} | chosen
    return _saved(image or picture(), "JPEG", **chosen)


def word(*paragraphs: str) -> bytes:
    """A DOCX file."""
    made = docx.Document()
    made.core_properties.title = "周报"
    for paragraph in paragraphs or ("第一段。", "第二段。"):
        made.add_paragraph(paragraph)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def pdf(*lines: str, password: str | None = None) -> bytes:
    """A PDF file of two pages."""
    drawn = io.BytesIO()
    page = canvas.Canvas(drawn)
    page.setTitle("Weekly")
    for place, line in enumerate(lines or ("A first line.", "A second line.")):
        page.drawString(72, 720 - 20 * place, line)
    page.showPage()
    page.drawString(72, 720, "The end.")
    page.showPage()
    page.save()
    if password is None:
        return drawn.getvalue()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn.getvalue())))
    writer.encrypt(password)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


HTML = "<!doctype html>\n<html><head><meta charset='utf-8'><title>页</title></head>\n<body><p>正文</p></body></html>\n".encode()
MARKDOWN = "---\ntitle: 周报\ntags: [a, b]\n---\n\n正文。\n".encode()
NINJS = b'{"uri": "urn:x:1", "headlines": [{"value": "T"}], "descriptions": [{"value": "D"}]}'


def _saved(image: Image.Image, format: str, **chosen: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, format, **chosen)
    return written.getvalue()


UNLABELLED = {
    "png": png(),
    "jpeg": jpeg(),
    "docx": word(),
    "pdf": pdf(),
    "html": HTML,
    "markdown": MARKDOWN,
    "ninjs": NINJS,
}
