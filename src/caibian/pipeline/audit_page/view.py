"""The audit as the page shows it: lines with names in both languages, widths and places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from caibian.pipeline.audit_page import shapes
from caibian.pipeline.report.words import Two, name, pair

Line = Mapping[str, Any]
SPLITS = ("train", "validation", "test", "extra")


class Names:
    """What people call the cards and datasets of an audit."""

    def __init__(self, audit: Line) -> None:
        self._names = audit["names"]

    def card(self, card_id: str) -> Two:
        """The card's name; its id where the audit does not know it."""
        return pair(self._names["cards"].get(card_id) or card_id)

    def dataset(self, dataset: str) -> Two:
        """The dataset's name; its id where the audit does not know it."""
        return pair(self._names["datasets"].get(dataset) or dataset)


@dataclass(frozen=True)
class Bar:
    """One line of counts: its name, its id where that says more, and the parts of its bar."""

    label: Two
    id: str
    counts: Mapping[str, int]
    total: int
    parts: list[tuple[str, float]]


def bars(lines: Sequence[Line], key: str, names: Names) -> list[Bar]:
    """The lines of one table of counts; `key` is card, dataset or language."""
    label = {
        "card": names.card,
        "dataset": names.dataset,
        "language": lambda code: name("audit_language", code),
    }[key]
    largest = max((line["total"] for line in lines), default=0)
    found = []
    for line in lines:
        counts = {split: line[split] for split in SPLITS}
        found.append(Bar(label(line[key]), line[key], counts, line["total"], shapes.stacked(counts, largest)))
    return found


@dataclass(frozen=True)
class LengthRow:
    """The two distributions of one card, or of all."""

    label: Two | None
    sides: dict[str, shapes.Ridge]


@dataclass(frozen=True)
class Lengths:
    """All distributions, on one axis a side."""

    axes: dict[str, shapes.LogAxis]
    rows: list[LengthRow]


def lengths(found: Line, names: Names, order: Sequence[str]) -> Lengths:
    """The ridges of the section on lengths; cards in `order`, all together first where there are several."""
    edges = found["edges"]
    cards = {line["card"]: line for line in found["cards"]}
    lines: list[tuple[Two | None, Line]] = [(None, found["all"])] if len(cards) > 1 else []
    lines += [(names.card(card), cards[card]) for card in order]
    axes = {
        side: shapes.log_axis(edges, [line[side]["histogram"] for _, line in lines])
        for side in ("prompt", "output")
    }
    return Lengths(
        axes,
        [
            LengthRow(label, {side: shapes.ridge(line[side], edges, axes[side]) for side in axes})
            for label, line in lines
        ],
    )


def samples(found: Sequence[Line]) -> list[Line]:
    """The samples, the cards taking turns."""
    by_card: dict[str, list[Line]] = {}
    for one in found:
        by_card.setdefault(one["card"], []).append(one)
    return [one for turn in zip_longest(*by_card.values()) for one in turn if one is not None]
