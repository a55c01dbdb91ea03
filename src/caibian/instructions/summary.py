"""What the report page shows of a card's examples: counts, lengths, facts, samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from caibian.records import SPLITS, Example
from caibian.tasks import TaskCard

_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_SAMPLES = 3
_SAMPLE_CHARS = 160  # of an input on the page


def card_metrics(
    card: TaskCard, examples: Sequence[Example], dropped: Mapping[str, int], labels: Mapping[str, int]
) -> dict[str, Any]:
    """The figures of one card, JSON values only.

    Lengths are in characters. `numbers`: of the published outputs, how many hold a number, and how many of those have
    every number in their input: what a model can learn or be asked.
    """
    by_split = {split: [example for example in examples if example.split == split] for split in SPLITS}
    metrics: dict[str, Any] = {
        "name": {"zh": card.name.zh, "en": card.name.en},
        "examples": {split: len(rows) for split, rows in by_split.items()},
        "languages": dict(Counter(example.language for example in examples)),
        "dropped": dict(sorted(dropped.items(), key=lambda item: (-item[1], item[0]))),
        "input_characters": quantiles([len(example.input) for example in examples]),
        "output_characters": quantiles([len(example.output) for example in examples]),
        "samples": [
            {
                "instruction": e.instruction,
                "input": e.input[:_SAMPLE_CHARS],
                "output": e.output,
                "split": e.split,
            }
            for e in (by_split["test"] or by_split["train"])[:_SAMPLES]
        ],
    }
    if labels:
        metrics["labels"] = {
            split: {
                name.partition("/")[2]: k
                for name, k in sorted(labels.items())
                if name.startswith(f"{split}/")
            }
            for split in SPLITS
        }
    else:
        metrics["numbers"] = {split: _numbers(rows) for split, rows in by_split.items()}
    return metrics


def quantiles(values: Sequence[int]) -> dict[str, int]:
    """Quantiles by nearest rank, keyed `0`, `0.05`, … `1`; empty for no values."""
    if not values:
        return {}
    ordered = sorted(values)
    return {f"{share:g}": ordered[round(share * (len(ordered) - 1))] for share in _QUANTILES}


def _numbers(examples: Sequence[Example]) -> dict[str, int]:
    from caibian.grounding import find_numbers, unsupported

    held = [example for example in examples if find_numbers(example.output, example.language)]
    supported = sum(
        not unsupported(example.output, example.input, example.language, kinds=("number",))
        for example in held
    )
    return {"outputs": len(examples), "with_number": len(held), "all_in_input": supported}
