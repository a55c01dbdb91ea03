"""JPEG: the label as XMP in an APP1 segment, as TC260's guide for images asks. EXIF and all else stay byte for byte."""

from __future__ import annotations

import re
from dataclasses import dataclass

from caibian.publishing.labels import xmp
from caibian.publishing.labels.aigc import Unlabelled
from caibian.publishing.labels.carrier import Found, digest

SIGNATURE = b"\xff\xd8\xff"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF = b"Exif\0\0"
_APP0, _APP1, _ADOBE, _APP15, _COMMENT, _SCAN = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE, 0xDA
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_MOST_SEGMENTS = 10_000
_MOST_PAYLOAD = 65_533  # a segment's length has two bytes and counts them
# A label that a generator left in EXIF's user comment.
_IN_EXIF = re.compile(rb'\{\s*"(?:AIGC"\s*:\s*\{[^{}]{0,16384}\}|Label"[^{}]{0,16384})\s*\}')

name = "jpeg"


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    payload: bytes


def find(data: bytes) -> Found:
    """All labels of a JPEG file."""
    segments, rest = _read(data)
    labels: list[str] = []
    for segment in segments:
        if _is_xmp(segment):
            labels += xmp.labels(segment.payload[len(_XMP) :])
        else:
            labels += _in_exif(segment)
    ends = rest.rfind(b"\xff\xd9") >= 0
    return Found(labels, None, [] if ends else ["the file ends early; it was not copied whole"])


def put(data: bytes, label: str) -> bytes:
    """The JPEG file with this label and no other; all other segments and the picture as they were."""
    segments, rest = _read(data)
    if any(_in_exif(segment) for segment in segments):
        raise Unlabelled(
            "jpeg: another label stands in EXIF's user comment, and EXIF is not rewritten; remove the comment first"
        )
    old = next((segment for segment in segments if _is_xmp(segment)), None)
    packet = xmp.with_label(old.payload[len(_XMP) :] if old else None, label)
    payload = _XMP + packet
    if len(payload) > _MOST_PAYLOAD:
        raise Unlabelled("jpeg: its XMP metadata has no room for a label (a segment holds 64 KB)")
    kept = [segment for segment in segments if not _is_xmp(segment)]
    # Behind JFIF and EXIF, which readers expect first.
    place = 0
    while place < len(kept) and (kept[place].marker == _APP0 or kept[place].payload.startswith(_EXIF)):
        place += 1
    kept.insert(place, _Segment(_APP1, payload))
    return data[:2] + b"".join(_write(segment) for segment in kept) + rest


def content_digest(data: bytes) -> str:
    """Digest of the tables, the frame and the scans: all but application segments and comments."""
    segments, rest = _read(data)
    return digest([*(_write(segment) for segment in segments if not _is_metadata(segment)), rest])


def with_pixels_of(data: bytes, drawn: bytes) -> bytes:
    """The JPEG file with the picture of another, and all of its own metadata: EXIF, colour profile, XMP, comments."""
    own, _ = _read(data)
    fresh, rest = _read(drawn)
    kept = [s for s in own if _is_metadata(s) and s.marker not in (_APP0, _ADOBE)]
    frame = [s for s in fresh if not _is_metadata(s) or s.marker in (_APP0, _ADOBE)]
    head = [s for s in frame if s.marker == _APP0]
    tail = [s for s in frame if s.marker != _APP0]
    return drawn[:2] + b"".join(_write(segment) for segment in (*head, *kept, *tail)) + rest


def _is_metadata(segment: _Segment) -> bool:
    return _APP0 <= segment.marker <= _APP15 or segment.marker == _COMMENT


def _read(data: bytes) -> tuple[list[_Segment], bytes]:
    """Segments up to the first scan, and the bytes from there on."""
    segments: list[_Segment] = []
    place = 2
    while len(segments) < _MOST_SEGMENTS:
        if place >= len(data):
            raise Unlabelled("jpeg: the file ends early; it was not copied whole")
        if data[place] != 0xFF:
            raise Unlabelled("jpeg: the file is damaged before the picture begins")
        while place < len(data) and data[place] == 0xFF:
            place += 1  # fill bytes
        if place + 3 > len(data):
            raise Unlabelled("jpeg: the file ends early; it was not copied whole")
        marker = data[place]
        if marker == _SCAN:
            return segments, data[place - 1 :]
        if marker in _STANDALONE:
            place += 1
            continue
        length = int.from_bytes(data[place + 1 : place + 3], "big")
        end = place + 1 + length
        if length < 2 or end > len(data):
            raise Unlabelled("jpeg: the file ends early; it was not copied whole")
        segments.append(_Segment(marker, data[place + 3 : end]))
        place = end
    raise Unlabelled(f"jpeg: more than {_MOST_SEGMENTS} segments")


def _write(segment: _Segment) -> bytes:
    return bytes((0xFF, segment.marker)) + (len(segment.payload) + 2).to_bytes(2, "big") + segment.payload


def _is_xmp(segment: _Segment) -> bool:
    return segment.marker == _APP1 and segment.payload.startswith(_XMP)


def _in_exif(segment: _Segment) -> list[str]:
    if segment.marker != _APP1 or not segment.payload.startswith(_EXIF):
        return []
    return [found.decode("utf-8", "replace") for found in _IN_EXIF.findall(segment.payload)]
