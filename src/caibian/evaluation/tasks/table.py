"""One set's entry of table.json: figures with intervals, paired differences, classes, calibration, baselines.

A missing answer (an error, a time-out) is no wrong answer: the system's figures are over the items it answered, and a
difference over those that both did. Rows of missing items are zeroed, which takes them out of every sum and so out of
every resample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caibian.evaluation.bootstrap import Bootstrap, Figure, Interval
from caibian.evaluation.figures import (
    BINS,
    bleu_figure,
    calibration_figure,
    class_figures,
    classification_figures,
    confusion,
    text_figures,
)
from caibian.evaluation.tasks.items import TaskSet
from caibian.evaluation.tasks.pairs import mcnemar
from caibian.evaluation.tasks.systems import MAIN
from caibian.evaluation.tasks.ways import Reading

# None: neither more nor less is better; the length ratio is best near 1.
BETTER: dict[str, str | None] = {"length_ratio": None, "invalid_rate": "lower", "calibration_error": "lower"}
_REASON_CHARS = 200  # of an error's message, in the count of reasons

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """What one set's table is made of. Readings and baselines are in the order of the set's items."""

    asked: TaskSet
    readings: Mapping[str, Sequence[Reading]]
    baselines: Mapping[str, Sequence[str]] = field(default_factory=dict)  # labels' ids, or texts


def set_table(
    measured: Measured, *, resamples: int, confidence: float, seed: int, invalid_examples: int
) -> dict[str, Any]:
    """The entry of one set."""
    asked = measured.asked
    bootstrap = Bootstrap(len(asked.examples), resamples=resamples, confidence=confidence, seed=seed)
    answered = {
        system: np.array([reading.missing is None for reading in readings])
        for system, readings in measured.readings.items()
    } | {name: np.ones(len(asked.examples), dtype=bool) for name in measured.baselines}
    entry: dict[str, Any] = {
        "dataset": asked.id,
        "name": dict(asked.name),
        "card": asked.card.id,
        "language": asked.language,
        "kind": "label" if asked.is_labels else "text",
        "n": len(asked.examples),
        "test_items": asked.test_items,
        "train_items": len(asked.train),
        "shots": len(asked.shots),
        "systems": {
            system: _answers(asked, readings, invalid_examples)
            for system, readings in measured.readings.items()
        },
        "baselines": {name: {"trained_on": _trained_on(name, asked)} for name in measured.baselines},
    }
    if asked.is_labels:
        entry |= _label_parts(measured, answered, bootstrap)
        figures = _label_figures(measured)
    else:
        figures = _text_figures(measured)
    entry["metrics"] = _metrics(figures, answered, bootstrap)
    return entry


def _answers(asked: TaskSet, readings: Sequence[Reading], most: int) -> dict[str, Any]:
    """How many answers there are, how many are missing and why, how many say nothing valid, with examples."""
    missing = Counter(reading.missing[:_REASON_CHARS] for reading in readings if reading.missing is not None)
    found: dict[str, Any] = {
        "answered": len(readings) - missing.total(),
        "missing": missing.total(),
        "missing_reasons": dict(missing.most_common()),
    }
    if asked.is_labels:
        invalid = [
            {"id": example.id, "input": example.input, "answer": reading.text, "truth": example.output}
            for example, reading in zip(asked.examples, readings, strict=True)
            if reading.missing is None and reading.value is None
        ]
        found["invalid"] = {"count": len(invalid), "examples": invalid[:most]}
    else:
        found["empty"] = sum(reading.missing is None and not reading.text.strip() for reading in readings)
    return found


def _values(measured: Measured) -> dict[str, list[str | None]]:
    said = {system: [reading.value for reading in readings] for system, readings in measured.readings.items()}
    return said | {name: list(values) for name, values in measured.baselines.items()}


def _label_figures(measured: Measured) -> dict[str, dict[str, Figure]]:
    gold, labels = measured.asked.gold(), measured.asked.labels
    figures = {
        system: classification_figures(values, gold, labels) for system, values in _values(measured).items()
    }
    for system, readings in measured.readings.items():
        if any(reading.scores for reading in readings):
            figures[system]["calibration_error"] = _calibration(readings, gold)
            by_sum = classification_figures([reading.by_sum for reading in readings], gold, labels)
            figures[system] |= {f"{name}_by_sum": by_sum[name] for name in ("accuracy", "macro_f1")}
    return figures


def _text_figures(measured: Measured) -> dict[str, dict[str, Figure]]:
    examples = measured.asked.examples
    references = [example.output for example in examples]
    languages = [example.language for example in examples]
    said = {
        system: [reading.text for reading in readings] for system, readings in measured.readings.items()
    } | {name: list(texts) for name, texts in measured.baselines.items()}
    found = {}
    for system, texts in said.items():
        figures = text_figures(texts, references, languages)
        ratio = figures.pop("length_ratio")
        found[system] = figures | {"bleu": bleu_figure(texts, references, languages), "length_ratio": ratio}
    return found


def _label_parts(measured: Measured, answered: Mapping[str, Mask], bootstrap: Bootstrap) -> dict[str, Any]:
    gold, labels = measured.asked.gold(), measured.asked.labels
    values = _values(measured)
    right = {
        system: np.array([v == g for v, g in zip(said, gold, strict=True)]) for system, said in values.items()
    }
    parts: dict[str, Any] = {"labels": dict(zip(labels, measured.asked.choices, strict=True))}
    parts["per_class"] = {
        system: _classes(said, gold, labels, answered[system], bootstrap) for system, said in values.items()
    }
    parts["confusion"] = {
        system: confusion(_only(said, answered[system]), _only(gold, answered[system]), labels)
        for system, said in values.items()
    }
    parts["mcnemar"] = {
        system: mcnemar(_only(right[MAIN], both), _only(right[system], both)) | {"n": int(both.sum())}
        for system in values
        if system != MAIN and (both := answered[MAIN] & answered[system]).any()
    }
    parts["calibration"] = {
        system: _bins(readings, gold)
        for system, readings in measured.readings.items()
        if any(reading.scores for reading in readings)
    }
    return parts


def _classes(
    said: Sequence[str | None], gold: Sequence[str], labels: Sequence[str], mask: Mask, bootstrap: Bootstrap
) -> list[dict[str, Any]]:
    support = Counter(_only(gold, mask))
    return [
        {"label": label, "support": support[label]}
        | {name: bootstrap.interval(_masked(figure, mask)).json() for name, figure in figures.items()}
        for label, figures in class_figures(said, gold, labels).items()
    ]


def _metrics(
    figures: Mapping[str, Mapping[str, Figure]], answered: Mapping[str, Mask], bootstrap: Bootstrap
) -> list[dict[str, Any]]:
    """Each metric over all systems that have it, and the paired difference of the main system to each other one."""
    names = list(dict.fromkeys(name for own in figures.values() for name in own))
    rows = []
    for name in names:
        having = {system: own[name] for system, own in figures.items() if name in own}
        rows.append(
            {
                "metric": name,
                "better": BETTER.get(name.removesuffix("_by_sum"), "higher"),
                "values": {
                    system: _json(
                        bootstrap.interval(_masked(figure, answered[system])), int(answered[system].sum())
                    )
                    for system, figure in having.items()
                },
                "differences": {
                    system: _difference(having, system, answered, bootstrap)
                    for system in having
                    if system != MAIN and MAIN in having
                },
            }
        )
    return rows


def _difference(
    having: Mapping[str, Figure], system: str, answered: Mapping[str, Mask], bootstrap: Bootstrap
) -> dict[str, Any]:
    both = answered[MAIN] & answered[system]
    interval = bootstrap.difference(_masked(having[MAIN], both), _masked(having[system], both))
    return _json(interval, int(both.sum()))


def _json(interval: Interval, n: int) -> dict[str, Any]:
    """An interval for JSON; a figure over no items has no value."""
    numbers = interval.json()
    return {**(numbers if n else dict.fromkeys(numbers)), "n": n}


def _masked(figure: Figure, mask: Mask) -> Figure:
    return figure if mask.all() else Figure(figure.rows * mask[:, None], figure.finish)


def _only(values: Any, mask: Mask) -> list[Any]:
    return [value for value, kept in zip(values, mask, strict=True) if kept]


def _confidences(readings: Sequence[Reading]) -> list[float]:
    """The share of the best label in the softmax over the length-normalised scores; 0 where an answer is missing."""
    found = []
    for reading in readings:
        scores = np.array(list((reading.scores or {"": 0.0}).values()))
        weights = np.exp(scores - scores.max())
        found.append(float(weights.max() / weights.sum()) if reading.scores else 0.0)
    return found


def _calibration(readings: Sequence[Reading], gold: Sequence[str]) -> Figure:
    return calibration_figure(
        _confidences(readings), [reading.value == true for reading, true in zip(readings, gold, strict=True)]
    )


def _bins(readings: Sequence[Reading], gold: Sequence[str]) -> list[dict[str, Any]]:
    """What a reliability diagram draws: items, mean confidence and accuracy of each bin."""
    answered = np.array([reading.missing is None for reading in readings])
    sums = _masked(_calibration(readings, gold), answered).rows.sum(axis=0).reshape(3, BINS)
    return [
        {
            "from": place / BINS,
            "to": (place + 1) / BINS,
            "n": int(count),
            "confidence": round(confidence / count, 6) if count else None,
            "accuracy": round(right / count, 6) if count else None,
        }
        for place, (count, confidence, right) in enumerate(sums.T.tolist())
    ]


def _trained_on(name: str, asked: TaskSet) -> int:
    return len(asked.train) if name in ("majority", "tfidf") else 0
