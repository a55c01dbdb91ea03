"""PDF: the label as `AIGC` of the document information, as TC260's guide for text files asks, and the same in XMP.

Document information and XMP are two mirrors of one set of metadata in a PDF file, so both hold one label; a reader that
finds two different ones is told so.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, IndirectObject, NameObject, StreamObject, TextStringObject

from caibian.publishing.labels import xmp
from caibian.publishing.labels.aigc import Unlabelled
from caibian.publishing.labels.carrier import Found, digest
from caibian.publishing.labels.wording import Block, has_visible_label

# What pypdf mends of a damaged file is of no use to an operator; what it cannot mend is raised.
logging.getLogger("pypdf").setLevel(logging.ERROR)

SIGNATURE = b"%PDF-"
_KEY = "/AIGC"
_MOST_PAGES = 5_000
_MOST_CONTENT = 256 << 20
_SIGNED = 1  # bit of /SigFlags: the document has signatures

name = "pdf"


def find(data: bytes) -> Found:
    """All labels of a PDF file, and whether its first or last page bears the visible one."""
    with _reading(data) as reader:
        labels: list[str] = []
        packet = _packet(reader)
        if packet is not None:
            labels += xmp.labels(packet)
        if _KEY in (information := _information(reader)):
            labels.append(str(information[_KEY]))
        pages = reader.pages
        ends = [pages[0], pages[len(pages) - 1]] if len(pages) > 1 else list(pages)
        lines = [line for page in ends for line in page.extract_text().splitlines()]
        # Lines are all a PDF has; the largest, the headline, is not told apart.
        return Found(labels, has_visible_label([Block(line) for line in lines]))


def put(data: bytes, label: str) -> bytes:
    """The PDF file with this label and no other; pages and all other metadata as they were."""
    with _reading(data) as reader:
        form = reader.root_object.get("/AcroForm")
        if form is not None and int(form.get_object().get("/SigFlags", 0)) & _SIGNED:
            raise Unlabelled("pdf: the document is digitally signed; label it before it is signed")
        packet = _packet(reader)
        information = _information(reader)
        writer = PdfWriter(clone_from=reader)
        kept = {key: value for key, value in information.items() if isinstance(value, str)}
        kept[_KEY] = TextStringObject(label)
        writer.add_metadata(kept)
        stream = StreamObject()
        stream[NameObject("/Type")] = NameObject("/Metadata")
        stream[NameObject("/Subtype")] = NameObject("/XML")
        stream.set_data(xmp.with_label(packet, label))  # not compressed: found by readers that know no PDF
        root = writer.root_object
        old = root.raw_get("/Metadata") if "/Metadata" in root else None
        if isinstance(old, IndirectObject):
            writer._replace_object(old, stream)  # else the former label would stay in the file, unused
        else:
            root[NameObject("/Metadata")] = writer._add_object(stream)
        written = io.BytesIO()
        writer.write(written)
        return written.getvalue()


def content_digest(data: bytes) -> str:
    """Digest of what the pages draw: their content streams, unpacked."""
    with _reading(data) as reader:
        drawn: list[bytes] = []
        total = 0
        for page in reader.pages:
            contents = page.get_contents()
            drawn.append(b"" if contents is None else contents.get_data())
            total += len(drawn[-1])
            if total > _MOST_CONTENT:
                raise Unlabelled(f"pdf: its pages unpack to more than {_MOST_CONTENT >> 20} MB")
        return digest(drawn)


@contextmanager
def _reading(data: bytes) -> Iterator[PdfReader]:
    """A reader whose failures, whatever a damaged file makes of them, are `Unlabelled`."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Unlabelled("pdf: the document is encrypted; remove its protection first")
        if not 0 < len(reader.pages) <= _MOST_PAGES:
            raise Unlabelled(f"pdf: has no pages, or more than {_MOST_PAGES}")
        yield reader
    except Unlabelled as error:
        raise error if str(error).startswith("pdf:") else Unlabelled(f"pdf: {error}") from error
    except (
        PyPdfError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        OSError,
        AssertionError,
        ArithmeticError,
        NotImplementedError,
        RecursionError,
    ) as error:
        # pypdf raises what a broken structure happens to cause in it.
        raise Unlabelled("pdf: the file is damaged or was not copied whole") from error


def _packet(reader: PdfReader) -> bytes | None:
    metadata = reader.root_object.get("/Metadata")
    stream = metadata.get_object() if metadata is not None else None
    return stream.get_data() if isinstance(stream, StreamObject) else None


def _information(reader: PdfReader) -> DictionaryObject:
    found = reader.metadata
    return found if found is not None else DictionaryObject()
