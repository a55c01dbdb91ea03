"""Readers of single texts: plain text files and saved web pages."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable
from pathlib import Path

from caibian.corpus.config import SourceConfig
from caibian.corpus.readers._encoding import encoding_of, open_bytes, whole_text
from caibian.corpus.rows import Problems, RawBatch, raw_batch
from caibian.errors import CaibianError, InputError

_META_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]{2,20})", re.I
)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_META_AUTHOR = re.compile(r"<meta\s[^>]*?name=[\"']author[\"'][^>]*?content=[\"']([^\"'<>]{2,60})[\"']", re.I)
_HEAD_BYTES = 4096  # where a page must declare its encoding (HTML standard: the first 1,024 bytes)
_PAGE_FIELDS = ("title", "author", "url", "source", "published_at", "summary")


def read_texts(files: Iterable[tuple[Path, str]], source: SourceConfig) -> RawBatch:
    """Plain text files, one article each; `files` are paths with the names to report them by."""
    bodies: list[str | None] = []
    problems = Problems()
    for path, name in files:
        try:
            text = whole_text(path, encoding_of(path, source.encoding))
        except InputError:
            problems.add("unreadable_file", name, "cannot be opened")
            continue
        if text is None:
            problems.add("file_too_large", name, "above 4 million characters")
        elif not text.strip():
            problems.add("missing_body", name, "empty file")
        else:
            bodies.append(text)
    return RawBatch(raw_batch({"body": bodies}), problems)


def read_pages(files: Iterable[tuple[Path, str]], source: SourceConfig) -> RawBatch:
    """Saved web pages: the article and its headline, author, date and address, found by trafilatura.

    Raises:
        CaibianError: trafilatura cannot be imported.
    """
    columns: dict[str, list[str | None]] = {name: [] for name in ("body", *_PAGE_FIELDS)}
    problems = Problems()
    for path, name in files:
        try:
            text = _decoded(path, source.encoding)
        except InputError:
            problems.add("unreadable_file", name, "cannot be opened")
            continue
        if text is None:
            problems.add("file_too_large", name, "above 4 million characters")
        elif found := _extract(text):
            for column, values in columns.items():
                values.append(found.get(column))
        else:
            problems.add("no_article", name, "no article found in the page")
    return RawBatch(raw_batch(columns), problems)


def _decoded(path: Path, encoding: str) -> str | None:
    """A page's text by its byte order mark, then its own declaration, then its bytes; None where too large."""
    if encoding == "auto":
        with open_bytes(path) as stream:
            head = stream.read(_HEAD_BYTES)
        told = encoding_of(path)
        declared = _META_CHARSET.search(head)
        # Bytes that are valid UTF-8 or carry a mark are believed before the declaration, which is often stale.
        if declared and told not in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
            encoding = _python_name(declared.group(1).decode("ascii", "replace")) or told
        else:
            encoding = told
    return whole_text(path, encoding)


def _python_name(charset: str) -> str | None:
    """Python's codec for an HTML charset; the GB family is read as GB18030, which holds all of it."""
    import codecs

    if charset.lower() in ("gb2312", "gbk", "gb_2312-80", "x-gbk"):
        return "gb18030"
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return None


def _extract(page_text: str) -> dict[str, str | None] | None:
    """The article of a page, or None where there is none."""
    try:
        import trafilatura
    except ImportError as error:
        raise CaibianError(
            f"web pages need trafilatura with all its parts ({error}); run: pip install trafilatura lxml_html_clean"
        ) from error
    # A page that cannot be parsed is counted and named in the report; it needs no line of log besides.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    page = trafilatura.bare_extraction(
        _XML_DECLARATION.sub("", page_text),  # lxml refuses a string that declares an encoding
        with_metadata=True,
        include_comments=False,
        include_tables=False,
    )
    if page is None:
        return None
    found = page if isinstance(page, dict) else page.as_dict()
    if not (body := (found.get("text") or "").strip()):
        return None
    return {
        "body": body,
        "title": found.get("title"),
        "author": found.get("author") or _author(page_text),
        "url": found.get("url"),
        "source": found.get("sitename"),
        "published_at": found.get("date"),
        "summary": found.get("description"),
    }


def _author(page_text: str) -> str | None:
    """The author a page declares; trafilatura takes names of two characters, the usual Chinese ones, for noise."""
    declared = _META_AUTHOR.search(page_text)
    return html.unescape(declared.group(1)).strip() or None if declared else None
