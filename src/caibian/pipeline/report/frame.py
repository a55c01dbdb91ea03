"""What all pages have in common: the document around them, its style, script and policy, and the template engine."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from caibian import __version__
from caibian.files import write_bytes
from caibian.pipeline.report import numbers
from caibian.pipeline.report.answers import pieces
from caibian.pipeline.report.words import LANGUAGES, Two, name, pair, plain, say

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class Frame:
    """The document around a page: `frame.html.j2` draws it."""

    title: Two
    kicker: Two  # beside the brand: what sort of page this is
    skip: Two  # the link to the first section, for keyboards
    footer: Two
    icon: str  # the path of the icon's line, in a box of 16 by 16
    sections: Sequence[tuple[str, Two]]  # anchor -> what the navigation calls it
    written: str
    style: Markup
    script: Markup
    script_hash: str  # the page's policy lets no other script run


def frame(
    page: str, title: str, *, icon: str, sections: Sequence[tuple[str, Two]], styles: Sequence[Path] = ()
) -> Frame:
    """The frame of a page whose `title`, `kicker`, `skip` and `footer` stand in the catalogue's section `page`.

    Args:
        title: what a person calls that which the page is about.
        styles: files of styles beside the common one.
    """
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    sheets = [file.read_text(encoding="utf-8") for file in (TEMPLATES / "style.css", *styles)]
    return Frame(
        title=Two(lambda language: plain(f"{page}.title", language, name=title)),
        kicker=name(page, "kicker"),
        skip=name(page, "skip"),
        footer=Two(lambda language: plain(f"{page}.footer", language, version=__version__)),
        icon=icon,
        sections=sections,
        written=datetime.now(UTC).isoformat(sep=" ", timespec="minutes").removesuffix("+00:00") + " UTC",
        style=Markup("".join(sheets)),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def write_page(page: Path, template: jinja2.Template, parts: Mapping[str, Any]) -> Path:
    """Render a template into the file `page`, atomically; returns its path."""
    # A lone surrogate out of a model's answer has no UTF-8 form; it must not cost the whole page.
    write_bytes(page, template.render(parts).encode("utf-8", errors="replace"))
    return page


def environment(*templates: Path) -> jinja2.Environment:
    """The template engine, which escapes everything: templates of these folders, then the common ones."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*templates, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2, default=str)
    environment.globals |= {
        "t": say,
        "plain": plain,
        "name": name,
        "pair": pair,
        "numbers": numbers,
        "pieces": pieces,
        "languages": LANGUAGES,
        "version": __version__,
    }
    return environment
