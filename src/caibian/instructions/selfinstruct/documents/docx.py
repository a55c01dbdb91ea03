"""DOCX files, read by us: paragraphs, headings and tables of `word/document.xml`, with a bound on what is unpacked."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from caibian.errors import InputError
from caibian.instructions.selfinstruct.documents.blocks import Block
from caibian.text import tidy

MOST_UNPACKED = 1 << 26  # bytes of one part, 64 MiB: a book of a million characters has about 20
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = (f"{_W}txbxContent", _FALLBACK)  # a text box is made of paragraphs of its own
_OLE = b"\xd0\xcf\x11\xe0"  # how old .doc files and password-protected .docx files begin
_HEADING_STYLE = re.compile(r"(?:heading|标题|titre|überschrift)\s*([1-9])", re.IGNORECASE)
_TITLE_STYLES = ("title", "标题")
_BODY_LEVEL = 9  # Word's outline level of body text, counted from 0


def read_docx(path: Path) -> Iterator[Block]:
    """The paragraphs of a document; a row of a table is one block, its cells divided by ` | `.

    Headings are known by their style or outline level. Footnotes, headers, comments and deleted text are left out.

    Raises:
        InputError: no DOCX file, password-protected, broken, or unpacking to more than `MOST_UNPACKED` bytes.
    """
    with path.open("rb") as stream:
        if stream.read(len(_OLE)) == _OLE:
            raise InputError(
                f"{path.name}: an old .doc file, or a .docx with a password; save it as .docx without one"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            levels = _heading_levels(archive)
            yield from _blocks(_part(archive, "word/document.xml"), levels)
    except InputError:
        raise
    except Exception as error:  # zipfile and lxml raise of every kind on broken files
        raise InputError(
            f"{path.name}: not a readable DOCX file ({error}); save it anew in a word processor"
        ) from error


def _part(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A part of the archive. What its directory says of the size binds: zipfile gives no byte beyond it."""
    if archive.getinfo(name).file_size > MOST_UNPACKED:
        raise InputError(
            f"{Path(archive.filename or name).name}: {name} unpacks to more than {MOST_UNPACKED >> 20} MiB, more than any "
            "text needs; it is not read (a zip bomb?)"
        )
    return archive.open(name)


def _elements(part: IO[bytes], tags: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """(event, element) as they are read; entities are not resolved, so that they cannot explode."""
    from lxml import etree

    yield from etree.iterparse(
        part,
        events=("start", "end"),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
    )


def _heading_levels(archive: zipfile.ZipFile) -> dict[str, int]:
    """Style id -> heading level, from 1."""
    if "word/styles.xml" not in archive.namelist():
        return {}
    levels: dict[str, int] = {}
    for event, style in _elements(_part(archive, "word/styles.xml"), (f"{_W}style",)):
        if event != "end":
            continue
        name = _value(style.find(f"{_W}name")).strip()
        outline = _value(style.find(f"{_W}pPr/{_W}outlineLvl"))
        if found := _HEADING_STYLE.match(name):
            levels[style.get(f"{_W}styleId", "")] = int(found.group(1))
        elif name.lower() in _TITLE_STYLES:
            levels[style.get(f"{_W}styleId", "")] = 1
        elif outline.isdigit() and int(outline) < _BODY_LEVEL:
            levels[style.get(f"{_W}styleId", "")] = int(outline) + 1
        style.clear()
    return levels


def _blocks(part: IO[bytes], levels: dict[str, int]) -> Iterator[Block]:
    row, paragraph, cell = f"{_W}tr", f"{_W}p", f"{_W}tc"
    inside = {
        row: 0,
        _FALLBACK: 0,
    }  # tables in tables: the outermost row holds all; a fallback says it once more
    for event, element in _elements(part, (row, paragraph, _FALLBACK)):
        if element.tag in inside:
            inside[element.tag] += 1 if event == "start" else -1
        if event == "start" or any(inside.values()) or element.tag == _FALLBACK:
            continue
        if element.tag == row:
            cells = [" ".join(_texts(one)) for one in element.iterchildren(cell)]
            text, level = " | ".join(filter(None, cells)), 0
        else:
            text, level = "\n".join(_texts(element)), _level(element, levels)
        if text:
            yield Block(text, heading=level)
        element.clear()
        while element.getprevious() is not None:  # what was read is let go
            del element.getparent()[0]


def _texts(element: Any) -> list[str]:
    """The lines of a paragraph or a cell."""
    found: list[str] = []
    _collect(element, found, element)
    return [line for text in "".join(found).split("\n") if (line := tidy(text))]


def _collect(element: Any, found: list[str], top: Any) -> None:
    for child in element.iterchildren():
        if child.tag in _SKIPPED:
            continue
        if child.tag == f"{_W}t":
            found.append(child.text or "")
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            found.append("\n")
        elif child.tag == f"{_W}tab":
            found.append(" ")
        elif child.tag == f"{_W}noBreakHyphen":
            found.append("-")
        else:
            _collect(child, found, top)
    if element is not top and element.tag == f"{_W}p":
        found.append("\n")


def _level(paragraph: Any, levels: dict[str, int]) -> int:
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return 0
    outline = _value(properties.find(f"{_W}outlineLvl"))
    if outline.isdigit() and int(outline) < _BODY_LEVEL:
        return int(outline) + 1
    return levels.get(_value(properties.find(f"{_W}pStyle")), 0)


def _value(element: Any) -> str:
    return "" if element is None else element.get(f"{_W}val") or ""
