"""What a reader of the audit must not miss, as keys with their values; the page and the command line word them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# From where on a figure is worth a sentence; below, it stands in its table alone.
_COPIES = 0.01  # of training examples: beyond a per cent they shift what is learnt
_DRIFT = 0.1  # total variation: a tenth of the labels would have to change for the shares to agree
_PASS = 0.95  # of outputs, by the interval's upper end: the sample leaves no doubt
_ALIKE = 0.5  # mean Jaccard similarity of a card's instructions
_ASKED_OFTEN = 100  # training examples from which one wording for all of them is too few

Finding = dict[str, Any]


def findings(audit: Mapping[str, Any]) -> list[Finding]:
    """Sentences to be: `finding` is the key, the other entries are values; counts are numbers, shares from 0 to 1."""
    return [*_files(audit), *_copies(audit), *_labels(audit), *_outputs(audit), *_wordings(audit)]


def _files(audit: Mapping[str, Any]) -> Iterator[Finding]:
    counts = audit["counts"]
    for split in ("validation", "test"):
        if not counts["splits"].get(split):
            yield {"finding": f"no_{split}"}
    for flaw, n in counts["flaws"].items():
        if n:
            yield {"finding": flaw, "n": n}
    if unknown := [one["card"] for one in counts["cards"] if one["card"] not in audit["names"]["cards"]]:
        yield {"finding": "unknown_cards", "cards": unknown}


def _copies(audit: Mapping[str, Any]) -> Iterator[Finding]:
    for pair in audit["leakage"]["pairs"]:
        n = pair["any"]["left"]
        if n and (pair["left"], pair["right"]) != ("train", "test"):  # those have the page's first sentence
            yield {"finding": f"{pair['left']}_in_{pair['right']}", "n": n}
    for one in audit["duplicates"]["splits"]:
        copies = one["exact"] + (one["near"] or 0)
        if copies > _COPIES * one["examples"]:
            yield {"finding": "copies", "split": one["split"], "n": copies, "share": copies / one["examples"]}
        if one["torn"]:
            yield {"finding": "torn", "split": one["split"], "n": one["torn"]}


def _labels(audit: Mapping[str, Any]) -> Iterator[Finding]:
    for one in audit["labels"]:
        for kind in ("unreadable", "not_offered"):
            if n := sum(one[kind].values()):
                yield {"finding": kind, "dataset": one["dataset"], "n": n}
        trained = sum(label["train"] for label in one["labels"])
        if never := [label["label"] for label in one["labels"] if trained and not label["train"]]:
            yield {"finding": "label_never", "dataset": one["dataset"], "labels": never}
        if (one["drift"] or 0) > _DRIFT:
            yield {"finding": "drift", "dataset": one["dataset"], "share": one["drift"]}


def _outputs(audit: Mapping[str, Any]) -> Iterator[Finding]:
    for line in audit["checks"]:
        for side in ("train", "held_out"):
            one = line[side]
            if one is not None and one["high"] < _PASS:
                worst = max(one["checks"], key=lambda check: check["failed"])
                yield {
                    "finding": f"few_pass_{side}",
                    "card": line["card"],
                    "share": one["passed"] / one["checked"],
                    "check": worst["check"],
                    "failed": worst["failed"],
                    "checked": one["checked"],
                }


def _wordings(audit: Mapping[str, Any]) -> Iterator[Finding]:
    for one in audit["wordings"]:
        if one["wordings"] == 1 and one["examples"] >= _ASKED_OFTEN:
            yield {"finding": "one_wording", "card": one["card"], "n": one["examples"]}
        if (one["jaccard"] or 0) > _ALIKE:
            yield {"finding": "like_wordings", "card": one["card"], "share": one["jaccard"]}
