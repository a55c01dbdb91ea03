"""ninjs 2.2, the IPTC's news in JSON."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from caibian.publishing.documents.document import Document, blocks
from caibian.publishing.documents.html import LANGUAGE_TAGS, body
from caibian.publishing.documents.words import Lines

VERSION = "2.2"
SCHEMA = f"http://www.iptc.org/std/ninjs/ninjs-schema_{VERSION}.json"
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def write(document: Document, lines: Lines) -> bytes:
    """The item as UTF-8."""
    found = blocks(document.body)
    plain = "\n\n".join(block.text for block in found)
    shown = f"{lines.label}\n\n{plain}" if lines.label else plain
    item: dict[str, Any] = {
        "uri": document.uri or f"urn:caibian:{document.produce_id}",
        "standard": {"name": "ninjs", "version": VERSION, "schema": SCHEMA},
        "type": "text",
        "representationtype": "full",
        "version": str(document.revision),
        # What is not published must not be used by whoever receives the item.
        "pubstatus": "usable" if document.published else "withheld",
        "language": LANGUAGE_TAGS[document.language],
        "title": lines.title,
        "headlines": [{"role": "main", "contenttype": "text/plain", "value": lines.title}],
        "bodies": [
            {
                "role": "main",
                "contenttype": "text/html",
                "charcount": len(plain),
                "value": "\n".join(_labelled(lines, body(found))),
            },
            {"role": "plain", "contenttype": "text/plain", "charcount": len(shown), "value": shown},
        ],
        "altids": [{"role": "ProduceID", "value": document.produce_id}],
    }
    if document.published_at:
        item["versioncreated"] = document.published_at.isoformat()
    if document.byline:
        item["by"] = document.byline
    if document.source:
        item["infosources"] = [{"name": document.source, "literal": document.source}]
    if note := "\n".join(each for each in (lines.warning, lines.review, lines.origin) if each):
        item["ednote"] = note
    if lines.label:
        item["descriptions"] = [{"role": "ai-label", "contenttype": "text/plain", "value": lines.label}]
        kind = "compositeWithTrainedAlgorithmicMedia"
        item["digitalsourcetype"] = {"name": kind, "uri": _SOURCE_TYPES + kind}
    return (json.dumps(item, ensure_ascii=False, indent=2) + "\n").encode()


def _labelled(lines: Lines, parts: list[str]) -> list[str]:
    return [f"<p>{escape(lines.label)}</p>", *parts] if lines.label else parts
