"""Labelling a file of any known format, and reading its label back. The format is known by content, never by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from caibian.api.drafts import Labelled
from caibian.publishing.labels import aigc, docx, html, jpeg, markdown, ninjs, pdf, png
from caibian.publishing.labels.aigc import FIELDS, Label, Unlabelled
from caibian.publishing.labels.carrier import MOST_BYTES, Carrier

_ONLY = "only HTML, DOCX, PDF, PNG, JPEG, ninjs and Markdown are"
_PDF_WITHIN = 1024  # bytes at whose start a PDF's signature may stand behind something else


def add_label(data: bytes, label: Label) -> bytes:
    """A file with its implicit label, in place of any it had. ReservedCode1 becomes the digest of its content.

    Raises:
        Unlabelled: the file is damaged, protected, or of a format that carries no label.
    """
    carrier = _carrier(data)
    digested = replace(label, ReservedCode1=carrier.content_digest(data))
    return carrier.put(data, digested.json())


def read_label(data: bytes) -> Labelled:
    """What a file says of its being made by AI, and what the standard asks for and the file lacks.

    Raises:
        Unlabelled: the file is damaged, protected, or of a format that carries no label.
    """
    carrier = _carrier(data)
    found = carrier.find(data)
    problems = list(found.problems)
    labels = list(dict.fromkeys(found.labels))
    fields: dict[str, str] | None = None
    if not labels:
        problems.append("no implicit label: the file's metadata has no AIGC entry")
    elif len(labels) > 1:
        problems.append(f"{len(labels)} labels that differ, where the standard wants one; the first is shown")
    if labels:
        fields, wrong = aigc.read(labels[0])
        problems += wrong
    if fields:
        fields = {name: fields[name] for name in FIELDS if name in fields}
        code = fields.get("ReservedCode1", "")
        if aigc.is_digest(code) and code != carrier.content_digest(data):
            problems.append("the content was changed after it was labelled (ReservedCode1)")
    if found.visible is False:
        problems.append("no visible label: no short line at the beginning or end says that AI generated this")
    return Labelled(format=carrier.name, aigc=fields, visible=found.visible, problems=problems)


def read_file(path: Path) -> bytes:
    """A file to label or verify.

    Raises:
        Unlabelled: it cannot be read, or is larger than `MOST_BYTES`.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unlabelled(f"cannot be read ({error.strerror or error})") from error
    if len(data) > MOST_BYTES:
        raise Unlabelled(f"larger than {MOST_BYTES >> 20} MB")
    return data


def _carrier(data: bytes) -> Carrier:
    if len(data) > MOST_BYTES:
        raise Unlabelled(f"larger than {MOST_BYTES >> 20} MB")
    if not data.strip():
        raise Unlabelled("the file is empty")
    if data.startswith(png.SIGNATURE):
        return png
    if data.startswith(jpeg.SIGNATURE):
        return jpeg
    if data.startswith(docx.SIGNATURE):
        return docx
    if pdf.SIGNATURE in data[:_PDF_WITHIN]:
        return pdf
    if html.looks_like_html(data):
        return html
    if ninjs.looks_like_ninjs(data):
        return ninjs
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unlabelled(f"no format that carries a label; {_ONLY}") from None
    if b"\0" in data:
        raise Unlabelled(f"no format that carries a label; {_ONLY}")
    return markdown
