"""One document in one format, labelled as GB 45438-2025 asks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from importlib import import_module
from typing import Literal, get_args
from urllib.parse import quote

from caibian.api.tasks import Wording
from caibian.errors import InputError
from caibian.publishing.documents.document import Document, printable
from caibian.publishing.documents.words import WORDING, lines
from caibian.publishing.labels import Label, add_label

Format = Literal["docx", "markdown", "html", "wechat", "ninjs", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)

_KINDS: dict[Format, tuple[str, str]] = {
    "docx": (".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "markdown": (".md", "text/markdown; charset=utf-8"),
    "html": (".html", "text/html; charset=utf-8"),
    "wechat": (".wechat.html", "text/html; charset=utf-8"),
    "ninjs": (".ninjs.json", "application/json"),
    "pdf": (".pdf", "application/pdf"),
}
# No file system has trouble with the rest. Leading dots would hide the file.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+')
_MOST_NAME_BYTES = 160  # a file system has 255 for a name, and users add to it


class CannotExport(InputError):
    """A format cannot hold a document; the message names another that can."""


@dataclass(frozen=True, slots=True)
class File:
    """A file for somebody to keep."""

    name: str
    media_type: str
    content: bytes
    produce_id: str | None  # of its label; None: it has none, because no model had a part in the text

    @property
    def disposition(self) -> str:
        """Content-Disposition for HTTP (RFC 6266): names in any script, and a plain one for old clients."""
        plain = re.sub(r"[^A-Za-z0-9._ -]+", "_", self.name)
        return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name, safe='')}"


def export(
    document: Document,
    format: Format,
    *,
    producer: str,
    propagator: str = "",
    wording: Wording | None = None,
    zone: tzinfo | None = None,
) -> File:
    """A document as a file. A text that a model had a part in carries both labels; any other carries none.

    Args:
        producer: ContentProducer of the label: name or code of the service's provider.
        propagator: ContentPropagator; by default the producer, as the standard has it at first writing.
        wording: the visible label.
        zone: in which times are written; by default this machine's.
    Raises:
        CannotExport: the format has no means for this language.
        Unlabelled: producer or id are no values of a label.
    """
    produce_id = document.produce_id or uuid.uuid4().hex
    at = document.published_at
    dated = None if at is None else at.astimezone(zone)
    clean = printable(replace(document, produce_id=produce_id, published_at=dated))
    label = Label.first(producer, produce_id, propagator=propagator) if clean.ai else None
    said = lines(clean, wording or WORDING)
    # Loaded when asked for: a house that exports no PDF waits for no PDF library.
    module = import_module(f"caibian.publishing.documents.{format}")
    write: Callable[..., bytes] = module.write
    content = write(clean, said)
    if label is not None:
        content = add_label(content, label)
    suffix, media_type = _KINDS[format]
    return File(_stem(said.title) + suffix, media_type, content, produce_id if label else None)


def _stem(title: str) -> str:
    stem = " ".join(_NOT_IN_NAMES.sub(" ", title).split()).strip(" .")
    while len(stem.encode()) > _MOST_NAME_BYTES:
        stem = stem[:-1].rstrip()
    return stem or "document"
