"""Answers side by side: what was asked, published and said, with unsupported facts marked in the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from caibian.errors import ConfigError
from caibian.pipeline.report.comparison import SYSTEMS, Card
from caibian.pipeline.report.gather import StageFiles
from caibian.pipeline.report.words import Two, name, pair
from caibian.tasks import card, extract
from caibian.text import language_of


@dataclass(frozen=True)
class Said:
    """One answer: pieces of text, each marked or not, and what the checks say of it."""

    system: str
    pieces: list[tuple[str, bool]]
    checks: list[tuple[Two, bool]]
    unsupported: list[str]
    right: bool | None  # label cards: whether it names the published label; None where unknown

    @property
    def failed(self) -> list[Two]:
        """The checks it does not pass; of an answer that says nothing, just that."""
        if not self.pieces:
            return [name("checks", "not_empty")]
        return [label for label, passed in self.checks if not passed]

    @property
    def passed(self) -> int:
        """How many checks it passes."""
        return sum(passed for _, passed in self.checks)


@dataclass(frozen=True)
class Sample:
    """One example with both answers."""

    number: int
    example_id: str
    card: str
    card_name: Two
    instruction: str
    source: str
    reference: str
    said: list[Said]

    @property
    def after(self) -> Said:
        """What the tuned model said."""
        return self.said[-1]


def samples(stage: StageFiles, cards: Sequence[Card]) -> list[Sample]:
    """The rows of `samples.json`, the cards taking turns; an empty list where there is none."""
    by_card: dict[str, list[dict[str, Any]]] = {}
    for row in stage.json("samples.json", list) or ():
        by_card.setdefault(str(row.get("card", "")), []).append(row)
    rows = [row for turn in zip_longest(*by_card.values()) for row in turn if row is not None]
    known = {card.id: card for card in cards}
    return [_sample(i, row, known) for i, row in enumerate(rows, 1)]


def cards_of(found: Iterable[Sample]) -> list[tuple[str, Two, int]]:
    """The cards among the samples with how many each has, for the filter."""
    counts: dict[str, tuple[Two, int]] = {}
    for sample in found:
        _, n = counts.get(sample.card, (sample.card_name, 0))
        counts[sample.card] = (sample.card_name, n + 1)
    return [(card_id, label, n) for card_id, (label, n) in counts.items()]


def pieces(text: str, marked: Iterable[str]) -> list[tuple[str, bool]]:
    """`text` cut where any of the strings `marked` stands in it; every occurrence is marked."""
    inside = [False] * len(text)
    for wanted in marked:
        at = text.find(wanted) if wanted else -1
        while at >= 0:
            inside[at : at + len(wanted)] = [True] * len(wanted)
            at = text.find(wanted, at + 1)
    found: list[tuple[str, bool]] = []
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or inside[i] != inside[start]:
            found.append((text[start:i], inside[start]))
            start = i
    return found


def _sample(number: int, row: Mapping[str, Any], known: Mapping[str, Card]) -> Sample:
    card_id = str(row.get("card", ""))
    label_card = card_id in known and known[card_id].kind == "label"
    return Sample(
        number=number,
        example_id=str(row.get("example_id", "")),
        card=card_id,
        card_name=known[card_id].name if card_id in known else pair(card_id),
        instruction=str(row.get("instruction") or ""),
        source=str(row.get("source") or ""),
        reference=str(row.get("reference") or ""),
        said=[_said(system, row, label_card) for system in SYSTEMS],
    )


def _said(system: str, row: Mapping[str, Any], label_card: bool) -> Said:
    text = str(row.get(system) or "")
    unsupported = [str(fact) for fact in (row.get("unsupported") or {}).get(system) or ()]
    checks = (row.get("checks") or {}).get(system) or {}
    return Said(
        system=system,
        pieces=pieces(text, unsupported),
        checks=[(name("checks", str(key)), bool(passed)) for key, passed in checks.items()],
        unsupported=unsupported,
        right=_right(row, text) if label_card else None,
    )


def _right(row: Mapping[str, Any], said: str) -> bool:
    """Whether an answer names the published label, read as the evaluation reads it."""
    published = str(row.get("reference") or "")
    language = language_of(str(row.get("source") or published))
    try:
        label_card = card(str(row.get("card")))
    except ConfigError:  # a card of the user's own that is not here any more
        return said.strip() == published.strip()
    label = extract(label_card, said, language) if said.strip() else None
    return label is not None and label == extract(label_card, published, language)
