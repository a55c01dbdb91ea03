"""HTML: the label as `<meta name="AIGC" content="{…}">` in the head.

The standard names no place in HTML; a `meta` element of this name is what generators and verifiers have settled on.
Everything else of the page stays byte for byte, whatever its encoding.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

from caibian.publishing.labels.aigc import Unlabelled
from caibian.publishing.labels.carrier import Found, digest
from caibian.publishing.labels.wording import Block, has_visible_label

# What stands before the first element is taken once and not tried in every other way: there may be many comments.
_LOOKS = re.compile(
    rb"\s*(?>(?:<!--.*?-->\s*|<\?xml.*?\?>\s*)*)<(?:!doctype\s+html|html|head|body|meta)\b", re.I | re.S
)
_MOST = 16 << 20
_PATIENCE = (
    10.0  # seconds; a page of the largest size takes some, one of nothing but broken tags would take hours
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "title"))
_SILENT = frozenset(("script", "style", "template", "head", "noscript", "iframe", "object", "svg"))
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "data",
        "dfn",
        "em",
        "font",
        "i",
        "kbd",
        "mark",
        "q",
        "ruby",
        "rt",
        "rp",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    ]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)

name = "html"


def looks_like_html(data: bytes) -> bool:
    """Whether bytes begin as an HTML page does."""
    return _LOOKS.match(data.removeprefix(b"\xef\xbb\xbf")[:4096]) is not None


def find(data: bytes) -> Found:
    """All labels of an HTML page, and whether its text bears the visible one."""
    page = _read(data)
    return Found([_text(label.value) for label in page.labels], has_visible_label(page.said()))


def put(data: bytes, label: str) -> bytes:
    """The page with this label and no other."""
    bare = _without(data, _read(data))
    page = _read(bare)
    value = escape(label, quote=True).encode("ascii", "xmlcharrefreplace")
    return bare[: page.room] + b'<meta name="AIGC" content="' + value + b'">' + bare[page.room :]


def content_digest(data: bytes) -> str:
    """Digest of the page without its label."""
    return digest([_without(data, _read(data))])


@dataclass(frozen=True, slots=True)
class _Meta:
    start: int
    end: int
    value: str


@dataclass(slots=True)
class _Piece:
    text: list[str] = field(default_factory=list)
    heading: bool = False


class _Page(HTMLParser):
    """Offsets of what matters, and the text in blocks. Bytes are read as Latin-1, so that an offset is a byte."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self._until = time.monotonic() + _PATIENCE
        self.labels: list[_Meta] = []
        self.room = 0  # where a label may be put
        self._pieces = [_Piece()]
        self._open: list[str] = []
        self._hidden: list[int] = []  # depths of elements that are not shown
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(text)
        self.close()

    def said(self) -> list[Block]:
        """Blocks of the text that is shown."""
        return [Block(_text("".join(p.text)).strip(), p.heading) for p in self._pieces if p.text]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note labels, the place for one, and blocks."""
        self._in_time()
        known = {key: value or "" for key, value in attrs}
        start = self._place()
        end = start + len(self.get_starttag_text() or "")
        if tag == "meta":
            if known.get("name", "").strip().upper() == "AIGC":
                self.labels.append(_Meta(start, end, known.get("content", "")))
            elif "charset" in known or known.get("http-equiv", "").lower() == "content-type":
                self.room = end  # browsers look for it in the first bytes, so a label comes behind it
        elif tag == "head" or (tag == "html" and self.room == 0):
            self.room = end
        if tag not in _INLINE:
            self._pieces.append(_Piece(heading=tag in _HEADINGS))
        if tag in _VOID:
            return
        self._open.append(tag)
        styled = known.get("style", "").replace(" ", "").lower()
        if tag in _SILENT or "hidden" in known or "display:none" in styled or "visibility:hidden" in styled:
            self._hidden.append(len(self._open))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element of this name, and whatever was left open in it."""
        self._in_time()
        if tag in self._open[-256:]:
            while self._open.pop() != tag:
                pass
            while self._hidden and self._hidden[-1] > len(self._open):
                self._hidden.pop()
        if tag not in _INLINE:
            self._pieces.append(_Piece())

    def handle_data(self, data: str) -> None:
        """Keep text that is shown."""
        self._in_time()
        if not self._hidden and data.strip():
            self._pieces[-1].text.append(data)

    def handle_decl(self, decl: str) -> None:
        """A label may come behind the doctype where there is neither html nor head."""
        self._in_time()
        if self.room == 0:
            self.room = self._place() + len(decl) + len("<!>")

    def handle_comment(self, data: str) -> None:
        """Nothing; yet a page may be full of what is taken for one."""
        self._in_time()

    def handle_pi(self, data: str) -> None:
        """As a comment."""
        self._in_time()

    def unknown_decl(self, data: str) -> None:
        """As a comment."""
        self._in_time()

    def _in_time(self) -> None:
        """The parser looks through the rest of the page for the end of each tag, however many have none."""
        if time.monotonic() > self._until:
            raise Unlabelled("html: the page takes too long to read; its markup is broken")

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def _read(data: bytes) -> _Page:
    if len(data) > _MOST:
        raise Unlabelled(f"html: the page is larger than {_MOST >> 20} MB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unlabelled("html: the page is UTF-16; save it as UTF-8")
    try:
        return _Page(data.decode("latin-1"))
    except (AssertionError, RecursionError) as error:
        raise Unlabelled("html: the page is damaged") from error


def _without(data: bytes, page: _Page) -> bytes:
    kept, at = [], 0
    for label in page.labels:
        kept.append(data[at : label.start])
        at = label.end
    return b"".join([*kept, data[at:]])


def _text(latin: str) -> str:
    """What was read as Latin-1, in the page's encoding; character references beyond Latin-1 stay as they are."""
    pieces = re.split(r"([^\x00-\xff]+)", latin)
    return "".join(piece if number % 2 else _decoded(piece) for number, piece in enumerate(pieces))


def _decoded(piece: str) -> str:
    raw = piece.encode("latin-1")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return piece
