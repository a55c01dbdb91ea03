"""Which labels were answered for which true ones, in the words of the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caibian.errors import ConfigError
from caibian.pipeline.report.words import Two, name, pair
from caibian.tasks import card as load_card


@dataclass(frozen=True)
class Matrix:
    """Answers counted by true label and answered label."""

    system: str
    columns: list[Two]
    rows: list[tuple[Two, list[tuple[int, float, bool]]]]  # label, (count, share of the row, right?)


def matrix(system: str, card_id: str, data: Mapping[str, Any]) -> Matrix:
    """The confusion matrix of one system as table.json holds it."""
    columns = [str(column) for column in data["columns"]]
    rows = []
    for label, counts in zip(data["rows"], data["counts"], strict=False):
        total = sum(counts) or 1
        cells = [(n, n / total, column == label) for n, column in zip(counts, columns, strict=False)]
        rows.append((label_words(card_id, str(label)), cells))
    return Matrix(system, [label_words(card_id, column) for column in columns], rows)


def label_words(card_id: str, label: str) -> Two:
    """A label in the card's own words; `invalid` in ours."""
    try:
        wording = load_card(card_id).output.labels.get(label)
    except ConfigError:  # a card of the user's own that is not here any more
        wording = None
    if wording is not None:
        return pair({"en": wording.en[0], "zh": wording.zh[0]})
    return name("labels", label)
