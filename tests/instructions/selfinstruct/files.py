"""Documents made by the tests: PDF files written by hand, DOCX files zipped by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def write_pdf(
    path: Path, pages: Sequence[Sequence[str]], *, titles: Sequence[str] = (), ballast: int = 0
) -> Path:
    """A PDF of one font, each page a list of lines; Chinese is set in a predefined Adobe-GB1 encoding.

    titles: bookmarks, all on the first page. ballast: bytes of an image on every page, each its own object.
    """
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(data: bytes, more: str = "") -> int:
        return add(f"<< /Length {len(data)} {more} >>\nstream\n".encode() + data + b"\nendstream")

    catalog, tree = add(b""), add(b"")
    descendant = add(
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>"
    )
    font = add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        b"/DescendantFonts [%d 0 R] >>" % descendant
    )
    kids = []
    for number, lines in enumerate(pages):
        shown = "".join(
            f"1 0 0 1 50 {780 - 14 * place} Tm <{line.encode('utf-16-be').hex()}> Tj\n"
            for place, line in enumerate(lines)
        )
        drawn = f"\nq /I{number} Do Q" if ballast else ""
        content = stream(f"BT /F1 10 Tf\n{shown}ET{drawn}".encode())
        image = ""
        if ballast:
            pixels = bytes([number % 256]) * ballast
            kind = f"/Type /XObject /Subtype /Image /Width {ballast} /Height 1 /ColorSpace /DeviceGray"
            image = f"/XObject << /I{number} {stream(pixels, f'{kind} /BitsPerComponent 8')} 0 R >>"
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R "
                f"/Resources << /Font << /F1 {font} 0 R >> {image} >> >>".encode()
            )
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[tree - 1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    outline = _outline(objects, add, titles, kids[0]) if titles else ""
    objects[catalog - 1] = f"<< /Type /Catalog /Pages {tree} 0 R {outline} >>".encode()
    path.write_bytes(_assembled(objects, catalog))
    return path


def _outline(objects: list[bytes], add, titles: Sequence[str], page: int) -> str:  # type: ignore[no-untyped-def]
    root = add(b"")
    first = len(objects) + 1
    for place, title in enumerate(titles):
        beside = f"/Next {first + place + 1} 0 R" if place + 1 < len(titles) else ""
        beside += f" /Prev {first + place - 1} 0 R" if place else ""
        text = ("\ufeff" + title).encode("utf-16-be").hex()
        add(f"<< /Title <{text}> /Parent {root} 0 R /Dest [{page} 0 R /Fit] {beside} >>".encode())
    objects[root - 1] = (
        f"<< /Type /Outlines /First {first} 0 R /Last {first + len(titles) - 1} 0 R /Count {len(titles)} >>"
    ).encode()
    return f"/Outlines {root} 0 R"


def _assembled(objects: list[bytes], catalog: int) -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        catalog,
        start,
    )
    return bytes(out)


def encrypt_pdf(source: Path, target: Path, user: str) -> Path:
    """The PDF with an owner's password, and a user's unless that is empty."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(source))
    writer.encrypt(user, owner_password="owner", algorithm="RC4-128")
    writer.write(target)
    return target


def write_docx(path: Path, body: str, styles: str = "") -> Path:
    """A DOCX file with the given inside of `w:body` and `w:styles`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml", f"<?xml version='1.0'?><w:document {_W}><w:body>{body}</w:body></w:document>"
        )
        if styles:
            archive.writestr("word/styles.xml", f"<w:styles {_W}>{styles}</w:styles>")
    return path


def paragraph(text: str, style: str = "") -> str:
    """One paragraph of WordprocessingML."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"
