"""What a file is: told by its first bytes where they say so, else by its suffix, and never by its suffix alone."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from caibian.corpus.readers import detect_encoding
from caibian.service.newsroom.imports.dropping import Refused

Kind = Literal["json", "csv", "text", "html", "xml", "pdf", "docx", "zip"]

_SUFFIXES: dict[str, Kind] = {
    ".jsonl": "json", ".ndjson": "json", ".json": "json", ".ninjs": "json",
    ".csv": "csv", ".tsv": "csv",
    ".txt": "text", ".text": "text", ".md": "text", ".markdown": "text",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".shtml": "html",
    ".xml": "xml", ".newsml": "xml", ".nitf": "xml",
    ".pdf": "pdf", ".docx": "docx", ".zip": "zip",
}  # fmt: skip
KNOWN = ", ".join(_SUFFIXES)
_HEAD = 4096  # bytes
_ROOT = re.compile(rb"<([A-Za-z][\w.-]*)")  # of XML: the first tag that is no declaration
_OLE = b"\xd0\xcf\x11\xe0"  # old .doc and .xls files, and Office files with a password


def kind_of(path: Path, name: str) -> Kind:
    """The kind of a file.

    Args:
        name: as its sender calls it.

    Raises:
        Refused: it is none that is read, or not what its name says.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip():
        raise Refused("empty", "an empty file")
    named = _SUFFIXES.get(Path(name).suffix.lower())
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _of_zip(path)
    if head.startswith(_OLE):
        raise Refused(
            "unknown_type", "an old Office file, or one with a password; save it as .docx without one"
        )
    if named in ("pdf", "docx", "zip"):
        raise Refused("unreadable", f"its name says {named}, its content is something else")
    if b"\0" in head and not detect_encoding(head).startswith("utf-16") and head[:4] not in _UTF32:
        raise Refused("unknown_type", f"no text; read are {KNOWN}")
    if named is None:
        raise Refused("unknown_type", f"read are {KNOWN}")
    if named == "xml" and (root := _ROOT.search(head)) and root.group(1).lower() == b"html":
        return "html"
    return named


_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")


def _of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except Exception as error:  # zipfile raises of every kind on broken files
        raise Refused("unreadable", f"a broken zip file ({error})") from error
    if "word/document.xml" in names:
        return "docx"
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise Refused("unknown_type", f"an Office file or e-book that is not read; read are {KNOWN}")
    return "zip"
