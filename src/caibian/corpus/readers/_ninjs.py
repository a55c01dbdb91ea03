"""JSON as archives have it, ninjs among it: news items as agencies exchange them (IPTC, versions 1 to 3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from caibian.corpus.config import SourceConfig
from caibian.corpus.readers._columns import BatchBuilder
from caibian.corpus.readers._encoding import MAX_LINE, encoding_of, lines, open_bytes
from caibian.corpus.readers._markup import html_text
from caibian.corpus.rows import RawBatch
from caibian.errors import InputError

_MOST_BYTES = 1 << 26  # 64 MiB of one document that must be held whole


def read_json(path: Path, file: str, source: SourceConfig, rows: int) -> Iterator[RawBatch]:
    """JSON as archives have it: one object a line, an array of objects, or one object over many lines. Objects that
    are ninjs give their headline, text, by-line and so on; others are read by their columns.

    Raises:
        InputError: it is no JSON, or too large to be one document.
    """
    encoding = encoding_of(path, source.encoding)
    builder = BatchBuilder(file, source.fields, source.join, rows)
    for place, record, size in _records(path, file, encoding):
        if isinstance(record, dict):
            yield from builder.add(place, ninjs_row(record) or record, size)
        else:
            builder.problems.add("broken_line", file, place)
    yield from builder.finish()


def ninjs_row(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of an article in a ninjs item; None where an object is none."""
    if not isinstance(item.get("uri"), str):
        return None
    titles = _values(item.get("headlines"))
    title = item.get("headline") or item.get("name") or next(iter(titles), None)
    body = item.get("body_text") or _text_of(item.get("body_xhtml") or item.get("body_html"))
    for one in _dicts(item.get("bodies")):
        if body:
            break
        text = str(one.get("value") or "")
        body = _text_of(text) if "html" in str(one.get("contenttype", "html")) else text
    if body is None or not (title or body):
        return None
    summary = item.get("description_text") or next(iter(_values(item.get("descriptions"))), None)
    address = item["uri"] if item["uri"].startswith(("http://", "https://")) else None
    return {
        "title": title,
        "body": body,
        "summary": summary,
        "author": item.get("byline") or item.get("by"),
        "published_at": item.get("versioncreated")
        or item.get("contentcreated")
        or item.get("firstcreated")
        or item.get("versionCreated"),
        "language": item.get("language"),
        "source": _first_name(item.get("infosource") or item.get("infosources")),
        "section": _first_name(item.get("subject") or item.get("subjects")),
        "licence": item.get("usageterms") or item.get("usageTerms") or item.get("copyrightnotice"),
        "url": address,
    }


def _records(path: Path, file: str, encoding: str) -> Iterator[tuple[str, Any, int]]:
    """(place, JSON value or None where broken, its size), whichever way the file is laid out."""
    first = next((line for _, line in lines(path, encoding) if line is None or line.strip()), "")
    opening = (first or "").strip()
    if opening.startswith("[") or (opening.startswith("{") and _loaded(opening) is None):
        with open_bytes(path) as stream:
            whole = stream.read(_MOST_BYTES + 1)
        if len(whole) > _MOST_BYTES:
            raise InputError(
                f"{file}: one JSON document above {_MOST_BYTES >> 20} MB; write one object a line instead"
            )
        found = _loaded(whole.decode(encoding, "replace"))
        if found is not None:
            for number, record in enumerate(found if isinstance(found, list) else [found], 1):
                yield f"item {number}", record, 0
            return
        if opening.startswith("["):
            raise InputError(f"{file}: a broken JSON array; one object a line reads safer")
    for number, line in lines(path, encoding):
        if line is None or line.strip():
            yield f"line {number}", None if line is None else _loaded(line), min(len(line or ""), MAX_LINE)


def _loaded(text: str) -> Any:
    try:
        found = json.loads(text)
        if "\\u" in text:  # escapes can spell half a surrogate pair, which no database can hold
            found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return found


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _values(value: Any) -> list[str]:
    return [str(one["value"]) for one in _dicts(value) if one.get("value")]


def _first_name(value: Any) -> str | None:
    return next((str(one["name"]) for one in _dicts(value) if one.get("name")), None)


def _text_of(markup: Any) -> str | None:
    return html_text(markup) if isinstance(markup, str) else None
