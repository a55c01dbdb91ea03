"""The figures of the table: what each card kind is measured by, as `Figure`s over its test items."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.helpers import extract_all_char_ngrams

from caibian.evaluation.bootstrap import Figure, Floats, mean, ratio
from caibian.similarity import rouge
from caibian.text import length

_CHRF_ORDER = 6  # character n-grams of 1 to 6 and beta 2: sacrebleu's defaults, Popović (2015)
_CHRF_BETA = 2.0

_BLEU_ORDER = 4
# How sacrebleu cuts texts into the words whose n-grams BLEU counts; `intl` also parts the punctuation of scripts
# that `13a`, made for English, does not know.
_BLEU_TOKENIZERS = {"zh": "zh", "en": "13a"}
_BLEU_OTHERWISE = "intl"

BINS = 10  # equal-width bins of confidence, as Guo et al. (2017) draw them

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


def bleu_figure(answers: Sequence[str], references: Sequence[str], languages: Sequence[str]) -> Figure:
    """Corpus BLEU as a fraction of 1, each text cut into words as sacrebleu does for its language."""
    rows = np.zeros((len(answers), 2 * _BLEU_ORDER + 2))
    for row, answer, reference, language in zip(rows, answers, references, languages, strict=True):
        score = _bleu(language).sentence_score(answer, [reference])
        row[:] = (*score.counts, *score.totals, score.sys_len, score.ref_len)
    return Figure(rows, bleu_score)


def bleu_score(sums: Floats) -> Floats:
    """BLEU from summed statistics, (..., 10) -> (...), in 0..1: exponential smoothing of empty orders, no effective
    order, as sacrebleu scores a corpus."""
    correct, total = sums[..., :_BLEU_ORDER], sums[..., _BLEU_ORDER : 2 * _BLEU_ORDER]
    said, wanted = sums[..., -2], sums[..., -1]
    missed = correct == 0
    smoothed = np.where(missed, 0.5 ** np.cumsum(missed, axis=-1), correct)
    precision = np.divide(smoothed, total, out=np.ones_like(total), where=total > 0)
    shortness = np.divide(wanted, said, out=np.ones_like(said), where=said > 0)
    brevity = np.where(said < wanted, np.exp(1 - shortness), 1.0)
    score = brevity * np.exp(np.log(precision).mean(axis=-1))
    return np.where((total > 0).all(axis=-1) & correct.any(axis=-1), score, 0.0)


@lru_cache
def _bleu(language: str) -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize=_BLEU_TOKENIZERS.get(language, _BLEU_OTHERWISE), effective_order=True)


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


def classification_figures(
    values: Sequence[str | None], references: Sequence[str], labels: Sequence[str]
) -> dict[str, Figure]:
    """`label_figures` with micro- and weighted F1 and Matthews' correlation (MCC).

    Averages are over the labels that occur among the references, as scikit-learn gives them for `labels=`; MCC is
    its multi-class form (Gorodkin 2004) with all invalid answers as one further class.
    """
    figures = label_figures(values, references, labels)
    rows = figures["macro_f1"].rows
    number: dict[str | None, int] = {label: place for place, label in enumerate(labels)}
    gold = np.array([number[reference] for reference in references])
    said = np.array([number.get(value, len(labels)) for value in values])
    each = np.arange(len(labels) + 1)
    both = np.concatenate([gold[:, None] == each, said[:, None] == each, (gold == said)[:, None]], axis=1)
    return {
        "accuracy": figures["accuracy"],
        "micro_f1": Figure(rows, _micro_f1),
        "macro_f1": figures["macro_f1"],
        "weighted_f1": Figure(rows, _weighted_f1),
        "mcc": Figure(both.astype(np.float64), _mcc),
        "invalid_rate": figures["invalid_rate"],
    }


def class_figures(
    values: Sequence[str | None], references: Sequence[str], labels: Sequence[str]
) -> dict[str, dict[str, Figure]]:
    """Precision, recall and F1 of each label; 0 where a label was never answered, or never true."""
    gold = np.array(references, dtype=object)
    said = np.array(values, dtype=object)
    found = {}
    for label in labels:
        true, answered = gold == label, said == label
        rows = np.stack([true & answered, answered, true], axis=1).astype(np.float64)
        found[label] = {
            "precision": Figure(rows, partial(_share, of=(1,))),
            "recall": Figure(rows, partial(_share, of=(2,))),
            "f1": Figure(rows, partial(_share, of=(1, 2))),
        }
    return found


def calibration_figure(confidences: Sequence[float], right: Sequence[bool]) -> Figure:
    """Expected calibration error: the gap between mean confidence and accuracy of each bin, weighted by its items.

    Bins are `BINS` of equal width, closed above (Guo et al., On Calibration of Modern Neural Networks, 2017, eq. 3).
    rows: (items, 3 x BINS): whether the item is in the bin, its confidence, whether it is right.
    """
    place = np.clip(np.ceil(np.asarray(confidences, float) * BINS).astype(int) - 1, 0, BINS - 1)
    within = (place[:, None] == np.arange(BINS)).astype(np.float64)
    parts = [within, within * np.asarray(confidences, float)[:, None], within * np.asarray(right)[:, None]]
    return Figure(np.concatenate(parts, axis=1), _calibration_error)


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


def _micro_f1(sums: Floats) -> Floats:
    hits, true, answered = (part.sum(axis=-1) for part in np.split(sums, 3, axis=-1))
    return np.divide(2 * hits, true + answered, out=np.zeros_like(hits), where=true + answered > 0)


def _weighted_f1(sums: Floats) -> Floats:
    hits, true, answered = np.split(sums, 3, axis=-1)
    total = true + answered
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    items = true.sum(axis=-1)
    return np.divide((f1 * true).sum(axis=-1), items, out=np.zeros_like(items), where=items > 0)


def _mcc(sums: Floats) -> Floats:
    """From counts of true and of answered labels and of agreements; 0 where either side has a single label."""
    true, answered = np.split(sums[..., :-1], 2, axis=-1)
    agreeing, items = sums[..., -1], true.sum(axis=-1)
    together = agreeing * items - (true * answered).sum(axis=-1)
    apart = (items**2 - (true**2).sum(axis=-1)) * (items**2 - (answered**2).sum(axis=-1))
    return np.divide(together, np.sqrt(apart), out=np.zeros_like(together), where=apart > 0)


def _share(sums: Floats, of: Sequence[int]) -> Floats:
    """Hits over the mean of the columns `of`."""
    hits, total = sums[..., 0], sums[..., list(of)].mean(axis=-1)
    return np.divide(hits, total, out=np.zeros_like(hits), where=total > 0)


def _calibration_error(sums: Floats) -> Floats:
    items, confidence, right = np.split(sums, 3, axis=-1)
    total = items.sum(axis=-1)
    gap = np.abs(confidence - right).sum(axis=-1)
    return np.divide(gap, total, out=np.full_like(total, np.nan), where=total > 0)
