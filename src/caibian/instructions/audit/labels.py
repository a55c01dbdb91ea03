"""Which label the outputs of label cards name, by dataset and split."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caibian.instructions.audit.rows import Examples
from caibian.instructions.audit.texts import known_card
from caibian.instructions.labelled.rows import SPLITS
from caibian.tasks import TaskCard, extract

_COLUMNS = ("card", "dataset", "language", "output", "labels")
_LABELS_APART = "\n"
_READ = 1000  # characters of an output: what names no label so far is not the output of a label card

_Key = tuple[str, str]  # card, dataset


class _Tally:
    """What one dataset's examples of one card name."""

    def __init__(self) -> None:
        self.named: defaultdict[str, Counter[str]] = defaultdict(Counter)  # label -> split -> examples
        self.offered: dict[str, None] = {}  # labels that instructions offer, in their order
        self.unreadable: Counter[str] = Counter()
        self.not_offered: Counter[str] = Counter()


def label_balance(examples: Examples) -> list[dict[str, Any]]:
    """Each dataset of a label card: examples of each label in each split.

    A label is read as the evaluation reads a model's answer. Labels that are offered and never named stand with zeros.
    `drift` is the total variation distance between the labels' shares in train and in test, from 0 (the same) to 1.
    """
    tallies: defaultdict[_Key, _Tally] = defaultdict(_Tally)
    for block in examples.blocks(_COLUMNS):
        for row in _different(block.table):
            card = known_card(row["card"])
            assert card is not None
            _count(tallies[row["card"], row["dataset"]], card, row, SPLITS[block.split])
    return [_line(key, tally) for key, tally in sorted(tallies.items())]


def _different(table: pa.Table) -> list[dict[str, Any]]:
    """The different rows of label cards, each with how often it is there (`count_all`)."""
    of_labels = [
        name
        for name in pc.unique(table["card"]).to_pylist()
        if (card := known_card(name)) is not None and card.output.kind == "label"
    ]
    table = table.filter(pc.is_in(table["card"], value_set=pa.array(of_labels, pa.string())))
    labels = pc.binary_join(pc.fill_null(table["labels"].combine_chunks(), []), _LABELS_APART)
    output = pc.utf8_slice_codeunits(table["output"], 0, _READ)
    for name, column in (("labels", labels), ("output", output)):
        table = table.set_column(_COLUMNS.index(name), name, column)
    rows: list[dict[str, Any]] = table.group_by(list(_COLUMNS)).aggregate([([], "count_all")]).to_pylist()
    return rows


def _count(tally: _Tally, card: TaskCard, row: Mapping[str, Any], split: str) -> None:
    offered = row["labels"].split(_LABELS_APART) if row["labels"] else list(card.output.labels)
    tally.offered |= dict.fromkeys(offered)
    label = extract(card, row["output"], row["language"])
    if label is None:
        tally.unreadable[split] += row["count_all"]
        return
    tally.named[label][split] += row["count_all"]
    if label not in offered:
        tally.not_offered[split] += row["count_all"]


def _line(key: _Key, tally: _Tally) -> dict[str, Any]:
    card = known_card(key[0])
    labels = [*tally.offered, *(label for label in sorted(tally.named) if label not in tally.offered)]
    wordings = card.output.labels if card else {}
    return {
        "card": key[0],
        "dataset": key[1],
        "labels": [
            {
                "label": label,
                "name": {name: (wordings[label].words(name) or [label])[0] for name in ("zh", "en")}
                if label in wordings
                else {},
                **{split: tally.named[label][split] for split in SPLITS},
            }
            for label in labels
        ],
        "unreadable": _whole(tally.unreadable),
        "not_offered": _whole(tally.not_offered),
        "drift": _drift(tally.named.values()),
    }


def _whole(counter: Counter[str]) -> dict[str, int]:
    return {split: counter[split] for split in SPLITS}


def _drift(counts: Iterable[Counter[str]]) -> float | None:
    """Half the sum of the differences of shares; None where one side is empty."""
    pairs = [(one["train"], one["test"]) for one in counts]
    train, test = (sum(side) for side in zip(*pairs, strict=True)) if pairs else (0, 0)
    if not train or not test:
        return None
    return round(sum(abs(left / train - right / test) for left, right in pairs) / 2, 4)
