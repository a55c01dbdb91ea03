"""ninjs: the label among the item's descriptions, which are its metadata, under the role `AIGC`."""

from __future__ import annotations

import json
from typing import Any

from caibian.publishing.labels.aigc import Unlabelled
from caibian.publishing.labels.carrier import Found, digest
from caibian.publishing.labels.wording import names_ai

ROLE = "AIGC"
_MOST = 16 << 20

name = "ninjs"


def looks_like_ninjs(data: bytes) -> bool:
    """Whether bytes are a JSON object with the one property that ninjs requires, and one of its texts."""
    if not data.lstrip().startswith(b"{"):
        return False
    try:
        item = _read(data)
    except Unlabelled:
        return False
    return "uri" in item and any(key in item for key in ("bodies", "headlines", "standard"))


def find(data: bytes) -> Found:
    """All labels of an item; its edited note and descriptions are what a receiver shows of it."""
    item = _read(data)
    labels = [each["value"] for each in _descriptions(item) if _is_label(each)]
    said = [each["value"] for each in _descriptions(item) if not _is_label(each)]
    return Found(labels, any(names_ai(text) for text in said))


def put(data: bytes, label: str) -> bytes:
    """The item with this label and no other."""
    item = _bare(_read(data))
    entry = {"role": ROLE, "contenttype": "application/json", "value": label}
    item["descriptions"] = [*item.get("descriptions", []), entry]
    return (json.dumps(item, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def content_digest(data: bytes) -> str:
    """Digest of the item without its label, keys in order."""
    bare = _bare(_read(data))
    return digest([json.dumps(bare, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()])


def _read(data: bytes) -> dict[str, Any]:
    if len(data) > _MOST:
        raise Unlabelled(f"ninjs: the item is larger than {_MOST >> 20} MB")
    try:
        item = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unlabelled("ninjs: the item is not JSON") from error
    if not isinstance(item, dict):
        raise Unlabelled("ninjs: the item is not a JSON object")
    return item


def _descriptions(item: dict[str, Any]) -> list[dict[str, str]]:
    found = item.get("descriptions")
    entries = found if isinstance(found, list) else []
    return [each for each in entries if isinstance(each, dict) and isinstance(each.get("value"), str)]


def _is_label(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("role") == ROLE


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    entries = item.get("descriptions")
    if not isinstance(entries, list):
        return dict(item)
    kept = [each for each in entries if not _is_label(each)]
    rest = {key: value for key, value in item.items() if key != "descriptions"}
    return {**rest, "descriptions": kept} if kept else rest
