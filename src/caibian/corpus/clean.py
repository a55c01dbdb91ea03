"""Raw rows made Articles: dirt removed, the archive's habits undone, dates and languages told."""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from caibian.corpus.config import SourceConfig
from caibian.corpus.dates import parse_date, peel_date_prefix, zone_of
from caibian.corpus.wire import split_headline
from caibian.records import ARTICLE_SCHEMA, SPLITS, Language
from caibian.text import language_of, tidy

_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[a-zA-Z][a-zA-Z0-9]{1,10});")
_BREAK_TAG = re.compile(r"<\s*(?:br|/p|/div)\s*/?>", re.I)
_TAG = re.compile(
    r"</?(?:p|div|span|a|b|i|strong|em|font|img|center|h[1-6]|ul|li|section)\b[^<>]{0,500}>", re.I
)
# Line breaks that an export spelled out as backslash and letter.
_WRITTEN_BREAK = re.compile(r"\\(?:r\\n|[nrt])(?![A-Za-z])")
_LANGUAGES: dict[str, Language] = {
    "chinese": "zh", "zho": "zh", "chi": "zh", "cmn": "zh", "中文": "zh", "english": "en", "eng": "en",
    "arabic": "ar", "ara": "ar", "hindi": "hi", "hin": "hi",
}  # fmt: skip
_SPLIT_NAMES = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "development": "validation", "test": "test", "testing": "test",
}  # fmt: skip
ID_DIGITS = 16  # hexadecimal digits of a derived id: 64 bits, no chance collision below hundreds of millions


def clean_batch(rows: pa.RecordBatch, source: SourceConfig, counts: Counter[str]) -> pa.RecordBatch:
    """Raw rows (`RAW_SCHEMA`) as Articles (`ARTICLE_SCHEMA`; `cluster` still null), row by row in order.

    Counts in `counts`: dates_found, dates_unreadable, headlines_with_slug, split_names_unknown.
    """
    columns = {name: rows.column(name).to_pylist() for name in rows.schema.names}
    cleaned: dict[str, list[object]] = {name: [] for name in ARTICLE_SCHEMA.names}
    for values in zip(*columns.values(), strict=True):
        row = _clean(dict(zip(columns, values, strict=True)), source, counts)
        for name, column in cleaned.items():
            column.append(row.get(name))
    arrays = [pa.array(cleaned[field.name], field.type) for field in ARTICLE_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=ARTICLE_SCHEMA)


def _clean(row: dict[str, str | None], source: SourceConfig, counts: Counter[str]) -> dict[str, object]:
    rules = source.import_rules
    body = row["body"] or ""
    written, publisher, author = row["published_at"], row["source"], row["author"]
    if rules.date_prefix:
        body, prefix = peel_date_prefix(body)
        written, publisher, author = (
            written or prefix.date,
            publisher or prefix.source,
            author or prefix.author,
        )
    body = _plain(body)
    title, section = _line(row["title"]), _line(row["section"])
    if rules.first_line_title and not title:
        first, _, rest = body.partition("\n")
        if rest.strip():
            title, body = first, rest.strip()
    if rules.wire_slugs and title:
        title, slug = split_headline(title)
        section = section or slug
        counts["headlines_with_slug"] += slug is not None
    language = source.language or _language(row["language"]) or language_of(body)
    return {
        "id": _line(row["id"]) or content_id(title, body),
        "body": body,
        "title": title,
        "summary": _plain(row["summary"]) if row["summary"] else None,
        "url": _line(row["url"]),
        "source": _line(publisher) or source.source,
        "author": _line(author),
        "published_at": _date(written, language, source, counts),
        "language": language,
        "section": section,
        "licence": _line(row["licence"]) or source.licence,
        "labels": row["labels"],
        "split": _split(row["split"], counts),
    }


def content_id(title: str | None, body: str) -> str:
    """The id of an article that has none: the same for the same headline and text, everywhere and always."""
    return digest([title or "", body]).hex()[:ID_DIGITS]


def digest(parts: Iterable[str]) -> bytes:
    """SHA-256 over strings, told apart from their concatenation."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()


def _plain(text: str) -> str:
    """Tidy text without HTML entities and the tags that exports leave behind."""
    if "<" in text:
        text = _TAG.sub("", _BREAK_TAG.sub("\n", text))
    if "\\" in text:
        text = _WRITTEN_BREAK.sub("\n", text)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    return tidy(text)


def _line(text: str | None) -> str | None:
    """Tidy text on one line; None where nothing is left."""
    return " ".join(_plain(text).split()) or None if text else None


def _language(written: str | None) -> str | None:
    """`zh-CN`, `ZH`, `Chinese` → `zh`; None where it says nothing known."""
    if not written:
        return None
    name = re.split(r"[-_]", written.strip().lower())[0]
    return _LANGUAGES.get(name) or (name if name in ("zh", "en", "ar", "hi") else None)


def _date(written: str | None, language: str, source: SourceConfig, counts: Counter[str]) -> datetime | None:
    if not written or not written.strip():
        return None
    found = parse_date(written, zone_of(language, source.timezone), source.import_rules.default_year)
    counts["dates_found" if found else "dates_unreadable"] += 1
    return found


def _split(written: str | None, counts: Counter[str]) -> str | None:
    if not written:
        return None
    name = _SPLIT_NAMES.get(written.strip().lower())
    counts["split_names_unknown"] += name is None
    assert name is None or name in SPLITS
    return name
