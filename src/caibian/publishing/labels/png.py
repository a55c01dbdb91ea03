"""PNG: the label as XMP in an iTXt chunk, as TC260's guide for images asks."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from caibian.publishing.labels import xmp
from caibian.publishing.labels.aigc import Unlabelled
from caibian.publishing.labels.carrier import Found, digest

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_AIGC = b"AIGC"  # a text chunk of this keyword is read too: some generators write one
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_OF_PIXELS = (b"tRNS", b"bKGD", b"hIST", b"sBIT")  # ancillary, but said of the pixels as they are stored
_MOST_CHUNKS = 100_000
_MOST_TEXT = xmp.MOST_BYTES

name = "png"


def find(data: bytes) -> Found:
    """All labels of a PNG file."""
    labels: list[str] = []
    for kind, body in _chunks(data):
        keyword = _keyword(kind, body)
        if keyword == _XMP:
            labels += xmp.labels(_text(kind, body))
        elif keyword == _AIGC:
            labels.append(_text(kind, body).decode("utf-8", "replace"))
    return Found(labels, None)


def put(data: bytes, label: str) -> bytes:
    """The PNG file with this label and no other; all other chunks as they were, in their order."""
    packet: bytes | None = None
    kept: list[tuple[bytes, bytes]] = []
    for kind, body in _chunks(data):
        keyword = _keyword(kind, body)
        if keyword == _XMP and packet is None:
            packet = _text(kind, body)
        elif keyword not in (_XMP, _AIGC):
            kept.append((kind, body))
    # Keyword, no compression, no language, no translated keyword.
    fresh = (b"iTXt", _XMP + b"\0\0\0\0\0" + xmp.with_label(packet, label))
    kept.insert(1, fresh)  # behind IHDR, so that a reader finds it before the pixels
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in kept)


def content_digest(data: bytes) -> str:
    """Digest of the critical chunks: header, palette and pixels."""
    return digest(kind + body for kind, body in _chunks(data) if kind[:1].isupper())


def with_pixels_of(data: bytes, drawn: bytes) -> bytes:
    """The PNG file with the header and pixels of another, and all of its own chunks that do not depend on these."""
    fresh = list(_chunks(drawn))
    old = list(_chunks(data))
    if any(kind == b"acTL" for kind, _ in old):
        raise Unlabelled("png: nothing is drawn on an animation")
    critical = [each for each in fresh if each[0][:1].isupper() or each[0] == b"tRNS"]
    kept = [each for each in old if each[0][:1].islower() and each[0] not in _OF_PIXELS]
    # Colour profiles must stand before the palette and the pixels, so all that is kept does.
    return SIGNATURE + b"".join(_chunk(*each) for each in (critical[0], *kept, *critical[1:]))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    for number in range(_MOST_CHUNKS):
        head = data[place : place + 8]
        if len(head) < 8:
            raise Unlabelled("png: the file ends early; it was not copied whole")
        length, kind = struct.unpack(">I4s", head)
        body = data[place + 8 : place + 8 + length]
        check = data[place + 8 + length : place + 12 + length]
        if len(body) < length or len(check) < 4:
            raise Unlabelled("png: the file ends early; it was not copied whole")
        if struct.unpack(">I", check)[0] != zlib.crc32(kind + body):
            raise Unlabelled(f"png: the chunk {kind!r} is damaged")
        if number == 0 and kind != b"IHDR":
            raise Unlabelled("png: does not begin with its header")
        yield kind, body
        if kind == b"IEND":
            return
        place += 12 + length
    raise Unlabelled(f"png: more than {_MOST_CHUNKS} chunks")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _keyword(kind: bytes, body: bytes) -> bytes | None:
    return body.split(b"\0", 1)[0] if kind in _TEXTS else None


def _text(kind: bytes, body: bytes) -> bytes:
    _, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflate(rest[1:])
    compressed, rest = rest[:1] == b"\1", rest[2:]
    _, _, rest = rest.partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    return _inflate(rest) if compressed else rest


def _inflate(data: bytes) -> bytes:
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(data, _MOST_TEXT)
    except zlib.error as error:
        raise Unlabelled("png: a text chunk is damaged") from error
    if inflating.unconsumed_tail:
        raise Unlabelled(f"png: a text chunk unpacks to more than {_MOST_TEXT >> 20} MB")
    return text
