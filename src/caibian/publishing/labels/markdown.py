"""Markdown and plain text: the label as a mapping `AIGC` in the front matter, as TC260's guide for text files asks."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from caibian.publishing.labels.aigc import Unlabelled
from caibian.publishing.labels.carrier import Found, digest
from caibian.publishing.labels.wording import Block, has_visible_label

_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_LABEL = re.compile(r"^AIGC[ \t]*:.*?(?=^[^\s#]|\Z)", re.S | re.M)
_MOST = 16 << 20
_MOST_FRONT = 64 << 10

name = "markdown"


def find(data: bytes) -> Found:
    """The label of a text, and whether it bears the visible one."""
    front, body = _split(_decoded(data))
    found = _parsed(front).get("AIGC")
    labels = [] if found is None else [json.dumps(found, ensure_ascii=False, default=str)]
    paragraphs = re.split(r"\n\s*\n", body)
    blocks = [Block(each.strip().strip("*_> \\"), each.lstrip().startswith("#")) for each in paragraphs]
    return Found(labels, has_visible_label(blocks))


def put(data: bytes, label: str) -> bytes:
    """The text with this label at its head; other front matter as it was."""
    front, body = _split(_decoded(data))
    _parsed(front)
    kept = _LABEL.sub("", front)
    if kept and not kept.endswith("\n"):
        kept += "\n"
    # A JSON string is a YAML string, so values need no other quoting.
    lines = [
        f"  {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in json.loads(label).items()
    ]
    return f"---\n{kept}AIGC:\n{''.join(lines)}---\n{body if front else chr(10) + body}".encode()


def content_digest(data: bytes) -> str:
    """Digest of the text behind the front matter; blank lines around it do not count."""
    return digest([_split(_decoded(data))[1].strip().encode()])


def _decoded(data: bytes) -> str:
    if len(data) > _MOST:
        raise Unlabelled(f"markdown: the text is larger than {_MOST >> 20} MB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unlabelled("markdown: the text is not UTF-8; save it as UTF-8") from error


def _split(text: str) -> tuple[str, str]:
    match = _FRONT.match(text)
    return (match[1], text[match.end() :]) if match else ("", text.removeprefix("\ufeff"))


def _parsed(front: str) -> dict[str, Any]:
    if len(front) > _MOST_FRONT:
        raise Unlabelled(f"markdown: the front matter is larger than {_MOST_FRONT >> 10} KB")
    if re.search(r"(?:^|[\s\[{,:])[&*][A-Za-z0-9]", front):
        raise Unlabelled("markdown: the front matter has anchors or aliases, which are not read")
    try:
        found = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unlabelled("markdown: the front matter is not YAML") from error
    return found if isinstance(found, dict) else {}
