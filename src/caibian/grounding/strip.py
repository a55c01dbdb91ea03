"""The fact strip: every number, date, name and quotation of a text, as found in its source, changed, or absent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from caibian.grounding.locate import find, locate
from caibian.grounding.mentions import KINDS, Evidence, How, Kind, Mention
from caibian.grounding.nearest import nearest
from caibian.grounding.source import Source, as_source
from caibian.grounding.surroundings import Surroundings

Status = Literal["found", "changed", "absent"]


@dataclass(frozen=True, slots=True)
class StripFact:
    """One mention of a text and what its source says. Offsets are in characters.

    `found` has its place in the source, except a date that is the publication date itself; `changed` the place where
    the source has another value; `absent` has none.
    """

    mention: Mention
    status: Status
    how: How | None = None
    source_start: int | None = None
    source_end: int | None = None
    source_text: str | None = None


def fact_strip(
    text: str,
    source: str | Source,
    language: str = "zh",
    published_at: date | datetime | None = None,
    kinds: Sequence[Kind] = KINDS,
    *,
    patience: float | None = None,
) -> list[StripFact]:
    """What a source says to every mention of a text, in order.

    The mentions that are not `found` are exactly those that `unsupported` reports.

    Args:
        patience: seconds. Of a text with thousands of figures what was not looked up by then is `absent`: nobody has
            found it, and eyes are needed.
    """
    ready = as_source(source, language, published_at)
    mentions = find(text, language, kinds, published_at if published_at is not None else ready.published_at)
    around = Surroundings(text)
    until = None if patience is None else time.monotonic() + patience
    located: dict[
        tuple[object, ...], Evidence | None
    ] = {}  # the same figure may be mentioned again and again
    facts = []
    for mention in mentions:
        if until is not None and time.monotonic() > until:
            facts.append(StripFact(mention, "absent"))
            continue
        key = (mention.kind, mention.text, mention.value)
        if key not in located:
            located[key] = locate(mention, ready)
        facts.append(_fact(mention, located[key], around, ready))
    return facts


def _fact(mention: Mention, evidence: Evidence | None, around: Surroundings, source: Source) -> StripFact:
    if evidence is None:
        span = nearest(mention, around, source, source.surroundings)
        if span is None:
            return StripFact(mention, "absent")
        return StripFact(mention, "changed", None, *span, source.text[slice(*span)])
    if not evidence.text:  # the date of publication, or a word that means nothing without one
        return StripFact(mention, "found", evidence.how)
    return StripFact(mention, "found", evidence.how, evidence.start, evidence.end, evidence.text)
