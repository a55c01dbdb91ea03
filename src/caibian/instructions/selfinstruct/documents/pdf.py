"""PDF files, page by page in bounded memory."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from caibian.errors import InputError
from caibian.instructions.selfinstruct.documents.blocks import Block, Counts
from caibian.instructions.selfinstruct.documents.lines import Line, lines_of, paragraphs
from caibian.similarity import fold
from caibian.text import han_share

_FORGET_EVERY = 16  # pages: pypdf keeps every object it has read, and a picture book would fill the memory
_MIN_CHARACTERS = 10  # a page on average: a scan may carry page numbers and a stamp as text
_GARBLED = 0.2  # of a page's characters
_NEIGHBOURS = 2  # pages looked at on either side for the same header: left and right pages may have their own
_EDGE = 2  # lines at the top and at the bottom of a page that can be header or footer
_FIGURES = re.compile(r"\d+|[ivxlc]+(?=$)")
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:第|page )?\s*\d{1,4}\s*页?(?:\s*(?:/|of|共)\s*\d{1,4}\s*页?)?|[ivxlc]{1,6})\W*", re.IGNORECASE
)
_HAN_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_MARK_GAP = re.compile(r" (?=[，。、；：！？“”‘’（）《》【】])|(?<=[，。、；：！？“”‘’（）《》【】]) ")
_CHINESE = (
    0.3  # Han characters among all of a line: an English line keeps the spaces beside its quotation marks
)
_HAN_PAIR = re.compile(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])")

_Page = tuple[int, list[str]]


def read_pdf(path: Path, counts: Counts) -> Iterator[Block]:
    """The paragraphs and headings of a PDF, with the page on which each begins.

    Pages are read one after the other; a page that pypdf cannot read is counted and the next one read. Running
    headers, footers and page numbers are left out and counted.

    Raises:
        InputError: the file is encrypted, broken, or scanned (holds pictures of text, but no text).
    """
    with path.open("rb") as stream:
        reader = _open(stream, path)
        characters = 0
        for block in paragraphs(
            _lines(_without_running(_pages(reader, path, counts), counts)), _titles(reader)
        ):
            characters += len(block.text)
            yield block
    if characters < _MIN_CHARACTERS * counts["pages"] and counts["empty_pages"] * 2 > counts["pages"]:
        raise InputError(
            f"{path.name}: {counts['empty_pages']} of {counts['pages']} pages hold no text: a scan, it seems; recognise "
            "its text first (OCR, e.g. `ocrmypdf -l chi_sim+eng IN.pdf OUT.pdf`)"
        )


def _open(stream: IO[bytes], path: Path) -> Any:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(
        logging.CRITICAL
    )  # what it mends on the way is nothing a person can act on
    locked = InputError(
        f"{path.name}: encrypted; save it without its password first (qpdf --decrypt, or print to PDF)"
    )
    try:
        reader = PdfReader(stream)
        if reader.is_encrypted and not reader.decrypt(""):  # many files are locked against printing only
            raise locked
        if not reader.pages:
            raise InputError(f"{path.name}: a PDF without pages")
    except InputError:
        raise
    except (DependencyError, NotImplementedError):  # a cipher that pypdf has no library for
        raise locked from None
    except Exception as error:  # pypdf raises of every kind on broken files
        raise InputError(
            f"{path.name}: not a readable PDF ({error or type(error).__name__}); open it in a viewer and save it anew"
        ) from error
    return reader


def _pages(reader: Any, path: Path, counts: Counts) -> Iterator[_Page]:
    """The lines of each page; a page without any comes as well."""
    total = len(reader.pages)
    for number in range(1, total + 1):
        counts["pages"] += 1
        try:
            text = reader.pages[number - 1].extract_text()
        except Exception:  # pypdf raises of every kind on broken fonts and streams; the page is counted
            counts["broken_pages"] += 1
            text = ""
        if text.count("\ufffd") > _GARBLED * len(text):  # a font that does not say which characters it draws
            counts["broken_pages"] += 1
            text = ""
        if number % _FORGET_EVERY == 0:
            reader.resolved_objects.clear()
        lines = [_close_gaps(line.strip()) for line in text.splitlines() if line.strip()]
        counts["empty_pages"] += not lines
        yield number, lines
    if counts["broken_pages"] == total:
        raise InputError(
            f"{path.name}: the text of not one of its {total} pages can be read; print it to a new PDF, or recognise "
            "its text (OCR, e.g. `ocrmypdf --force-ocr IN.pdf OUT.pdf`)"
        )


def _without_running(pages: Iterable[_Page], counts: Counts) -> Iterator[_Page]:
    """The pages without lines at their edges that neighbours have too, whatever the figures in them."""
    window: deque[_Page] = deque()
    before: deque[set[str]] = deque(maxlen=_NEIGHBOURS)

    def cleaned(page: _Page) -> _Page:
        number, lines = page
        around = set().union(*before, *(_edges(other) for _, other in window))
        before.append(_edges(lines))
        at_edge = set(range(min(_EDGE, len(lines)))) | set(range(max(0, len(lines) - _EDGE), len(lines)))
        kept = [
            line
            for place, line in enumerate(lines)
            if not (place in at_edge and (_mark(line) in around or _PAGE_NUMBER.fullmatch(line)))
        ]
        counts["running_lines"] += len(lines) - len(kept)
        return number, kept

    for page in pages:
        window.append(page)
        if len(window) > _NEIGHBOURS:
            yield cleaned(window.popleft())
    while window:
        yield cleaned(window.popleft())


def _edges(lines: list[str]) -> set[str]:
    return {mark for line in lines[:_EDGE] + lines[-_EDGE:] if (mark := _mark(line))}


def _mark(line: str) -> str:
    """A line as it would recur: figures are a page's own. Empty for what is too short or too long to be a header."""
    mark = _FIGURES.sub("#", line.strip().lower())
    return mark if 2 <= len(mark) <= 80 and not mark.endswith(("。", ".", "，", ",")) else ""


def _lines(pages: Iterable[_Page]) -> Iterator[Line]:
    for number, lines in pages:
        yield from lines_of(lines, number)


def _close_gaps(line: str) -> str:
    """Without the spaces that loose setting and changes of font leave in Chinese type."""
    if han_share(line) < _CHINESE:
        return line
    line = _MARK_GAP.sub("", line)
    gaps = len(_HAN_GAP.findall(line))
    return _HAN_GAP.sub("", line) if gaps and gaps * 3 >= len(_HAN_PAIR.findall(line)) + gaps else line


def _titles(reader: Any) -> dict[str, int]:
    """The bookmarks of a PDF: folded title -> level; none where they are broken."""
    titles: dict[str, int] = {}

    def walk(entries: Any, level: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, level + 1)
            elif title := fold(str(entry.title or "")):
                titles.setdefault(title, level)

    try:
        walk(reader.outline, 1)
    except Exception:  # bookmarks are a help, not the text; pypdf raises of every kind on broken ones
        return {}
    return titles
