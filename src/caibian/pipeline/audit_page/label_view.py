"""The balance of labels as the page shows it: a bar for the share in training, a ring for that in the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caibian.pipeline.audit_page.view import SPLITS, Line, Names
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import Two, pair


@dataclass(frozen=True)
class LabelRow:
    """One label: how often each split names it, and where bar and ring stand."""

    label: Two
    counts: Mapping[str, int]
    shares: Mapping[str, str]
    bar: float
    ring: float | None


@dataclass(frozen=True)
class LabelSet:
    """The labels of one dataset."""

    dataset: Two
    card: Two
    rows: list[LabelRow]
    ticks: list[tuple[float, str]]
    drift: str
    flaws: list[tuple[str, int]]


def label_sets(found: Sequence[Line], names: Names) -> list[LabelSet]:
    """The section on labels; the scale of each dataset ends beyond its largest share."""
    return [_label_set(line, names) for line in found]


def _label_set(line: Line, names: Names) -> LabelSet:
    totals = {split: sum(label[split] for label in line["labels"]) for split in SPLITS}

    def share(label: Line, split: str) -> float:
        return label[split] / totals[split] if totals[split] else 0.0

    axis = numbers.ticks(
        0, max(share(one, split) for one in line["labels"] for split in ("train", "test")), 4
    )
    return LabelSet(
        dataset=names.dataset(line["dataset"]),
        card=names.card(line["card"]),
        rows=[
            LabelRow(
                label=pair(one["name"] or one["label"]),
                counts={split: one[split] for split in SPLITS},
                shares={split: numbers.share(one[split], totals[split]) for split in SPLITS if totals[split]},
                bar=round(100 * share(one, "train") / axis[-1], 2),
                ring=round(100 * share(one, "test") / axis[-1], 2) if totals["test"] else None,
            )
            for one in line["labels"]
        ],
        ticks=[(round(100 * tick / axis[-1], 2), f"{100 * tick:g}%") for tick in axis],
        drift="" if line["drift"] is None else numbers.scaled(line["drift"], "percent"),
        flaws=[(kind, n) for kind in ("unreadable", "not_offered") if (n := sum(line[kind].values()))],
    )
