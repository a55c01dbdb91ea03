"""The figures of the table: what each card kind is measured by, as `Figure`s over its test items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.helpers import extract_all_char_ngrams

from caibian.evaluation.bootstrap import Figure, Floats, mean, ratio
from caibian.similarity import rouge
from caibian.text import length

_CHRF_ORDER = 6  # character n-grams of 1 to 6 and beta 2: sacrebleu's defaults, Popović (2015)
_CHRF_BETA = 2.0

INVALID = "invalid"  # the confusion matrix's column for answers that name no label of the card


def text_figures(
    answers: Sequence[str], references: Sequence[str], languages: Sequence[str]
) -> dict[str, Figure]:
    """ROUGE-1/2/L (F1 over our tokens), chrF by sentence and by corpus, and the length ratio.

    All as fractions of 1. An empty answer scores 0 in each; it is never left out. The length ratio is the
    total length of the answers over that of the references, each in its language's unit.
    """
    scores = [rouge(answer, reference) for answer, reference in zip(answers, references, strict=True)]
    figures = {name: mean([score[name] for score in scores]) for name in ("rouge1", "rouge2", "rougeL")}
    statistics = chrf_statistics(answers, references)
    figures["chrf"] = mean(chrf_score(statistics))
    figures["chrf_corpus"] = Figure(statistics, chrf_score)
    figures["length_ratio"] = ratio(
        [length(answer, language) for answer, language in zip(answers, languages, strict=True)],
        [length(reference, language) for reference, language in zip(references, languages, strict=True)],
    )
    return figures


def chrf_statistics(answers: Sequence[str], references: Sequence[str]) -> Floats:
    """Counts behind chrF, (items, 3 x 6): for each order n-grams of the answer, of the reference, in both."""
    rows = np.zeros((len(answers), 3 * _CHRF_ORDER))
    for row, answer, reference in zip(rows, answers, references, strict=True):
        ours, theirs = (
            extract_all_char_ngrams(text, _CHRF_ORDER, include_whitespace=False)
            for text in (answer, reference)
        )
        for order, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
            # An order longer than the reference counts for neither side, as in sacrebleu.
            said = sum(mine.values()) if its else 0
            row[3 * order : 3 * order + 3] = said, sum(its.values()), sum((mine & its).values())
    return rows


def chrf_score(sums: Floats) -> Floats:
    """chrF from summed statistics, (..., 18) -> (...), in 0..1; the F of the mean precision and recall over
    the orders both sides have, as sacrebleu's `CHRF` computes it."""
    answer, reference, both = (sums[..., part::3] for part in range(3))
    usable = (answer > 0) & (reference > 0)
    orders = np.maximum(usable.sum(axis=-1), 1)
    precision = np.divide(both, answer, out=np.zeros_like(both), where=usable).sum(axis=-1) / orders
    recall = np.divide(both, reference, out=np.zeros_like(both), where=usable).sum(axis=-1) / orders
    weighted = _CHRF_BETA**2 * precision + recall
    product = (1 + _CHRF_BETA**2) * precision * recall
    return np.divide(product, weighted, out=np.zeros_like(product), where=weighted > 0)


def label_figures(
    values: Sequence[str | None], references: Sequence[str], labels: Sequence[str]
) -> dict[str, Figure]:
    """Accuracy, macro-F1 and invalid-answer rate.

    values: what was extracted from each answer; None, or anything outside `labels`, is invalid and wrong.
    Macro-F1 is the mean over the labels that occur among the references, the same for every system, as
    `sklearn.metrics.f1_score(labels=..., average="macro", zero_division=0)` gives it.
    """
    present = sorted(set(references), key=list(labels).index)
    number: dict[str | None, int] = {label: place for place, label in enumerate(present)}
    gold = np.array([number[reference] for reference in references])
    said = np.array([number.get(value, -1) for value in values])
    return {
        "accuracy": mean(gold == said),
        "macro_f1": Figure(_f1_rows(gold, said, len(present)), _macro_f1),
        "invalid_rate": mean([value not in labels for value in values]),
    }


def confusion(
    values: Sequence[str | None], references: Sequence[str], labels: Sequence[str]
) -> dict[str, list[str] | list[list[int]]]:
    """Counts by true label (rows) and answered label (columns, the last one for invalid answers)."""
    number: dict[str | None, int] = {label: place for place, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels) + 1), dtype=int)
    for value, reference in zip(values, references, strict=True):
        counts[number[reference], number.get(value, len(labels))] += 1
    return {"rows": list(labels), "columns": [*labels, INVALID], "counts": counts.tolist()}


def _f1_rows(gold: NDArray[np.int64], said: NDArray[np.int64], classes: int) -> Floats:
    """(items, 3 x classes): hits, true ones and answered ones of each class."""
    each = np.arange(classes)
    true, answered = gold[:, None] == each, said[:, None] == each
    return np.concatenate([true & answered, true, answered], axis=1).astype(np.float64)


def _macro_f1(sums: Floats) -> Floats:
    """F1 = 2 hits / (true + answered), averaged over the classes that the resample holds at all.

    A class that a resample neither holds nor answers has no F1; counting it as 0 would pull the intervals
    of rare classes down.
    """
    hits, true, answered = np.split(sums, 3, axis=-1)
    total = true + answered
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    held = np.maximum((total > 0).sum(axis=-1), 1)
    return f1.sum(axis=-1) / held
