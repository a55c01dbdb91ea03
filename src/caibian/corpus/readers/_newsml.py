"""News items in XML, as agencies exchange them: NewsML-G2 (IPTC) and NITF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caibian.corpus.config import SourceConfig
from caibian.corpus.readers._columns import BatchBuilder
from caibian.corpus.readers._markup import element_text
from caibian.corpus.rows import RawBatch
from caibian.errors import InputError

_MOST_BYTES = 1 << 26  # 64 MiB of one document that must be held whole
_G2 = "{http://iptc.org/std/nar/2006-10-01/}"

Row = dict[str, Any]


def read_xml(path: Path, file: str, source: SourceConfig, rows: int) -> Iterator[RawBatch]:
    """The items of a NewsML-G2 document, or the one of NITF. Entities and document types are refused.

    Raises:
        InputError: it is neither, or no XML.
    """
    from lxml import etree

    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{file}: above {_MOST_BYTES >> 20} MB")
    # Entities are never expanded, so that they cannot explode; nothing is fetched.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.parse(str(path), parser).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise InputError(f"{file}: not well-formed XML ({error})") from error
    if any(True for _ in root.iter(etree.Entity)):
        raise InputError(f"{file}: holds entities of its own, which are not read")
    builder = BatchBuilder(file, source.fields, source.join, rows)
    found = 0
    for number, item in enumerate(root.iter(f"{_G2}newsItem"), 1):
        found += 1
        yield from builder.add(f"item {number}", _g2_row(item))
    if not found and etree.QName(root).localname == "nitf":
        found = 1
        yield from builder.add("item 1", _nitf_row(root))
    if not found:
        raise InputError(f"{file}: XML, but neither NewsML-G2 nor NITF")
    yield from builder.finish()


def _g2_row(item: Any) -> Row:
    def text(path: str) -> str | None:
        found = item.find("/".join(_G2 + step for step in path.split("/")))
        return None if found is None else " ".join(" ".join(found.itertext()).split()) or None

    content = item.find(f"{_G2}contentSet/{_G2}inlineXML")
    plain = item.find(f"{_G2}contentSet/{_G2}inlineData")
    body = title = None
    if content is not None and len(content):
        inner = content[0]
        part = _inner(inner, "body.content")
        if part is None:
            part = _inner(inner, "body")
        body = element_text(inner if part is None else part)
        headline = _inner(inner, "hl1")
        if headline is None:
            headline = _inner(inner, "title")
        title = None if headline is None else " ".join("".join(headline.itertext()).split())
    elif plain is not None:
        body = "".join(plain.itertext())
    language = item.find(f"{_G2}contentMeta/{_G2}language")
    return {
        "title": text("contentMeta/headline") or text("itemMeta/title") or title,
        "body": body,
        "summary": text("contentMeta/description"),
        "author": text("contentMeta/by") or text("contentMeta/creator/name"),
        "published_at": text("contentMeta/contentCreated") or text("itemMeta/versionCreated"),
        "language": None if language is None else language.get("tag"),
        "source": text("contentMeta/infoSource/name") or text("itemMeta/provider/name"),
        "section": text("contentMeta/subject/name"),
        "licence": text("rightsInfo/usageTerms") or text("rightsInfo/copyrightNotice"),
    }


def _nitf_row(root: Any) -> Row:
    def text(name: str) -> str | None:
        found = _inner(root, name)
        return None if found is None else " ".join("".join(found.itertext()).split()) or None

    content = _inner(root, "body.content")
    issued = _inner(root, "date.issue")
    return {
        "title": text("hl1") or text("title"),
        "body": None if content is None else element_text(content),
        "author": text("byline"),
        "published_at": None if issued is None else issued.get("norm"),
        "summary": text("abstract"),
    }


def _inner(element: Any, name: str) -> Any:
    """The first element below of this local name, in whatever namespace."""
    return next(
        (one for one in element.iter() if isinstance(one.tag, str) and one.tag.rsplit("}", 1)[-1] == name),
        None,
    )
