"""Automatic card checks over answers and over the published references, as `Figure`s."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from caibian.evaluation.bootstrap import Figure, mean, ratio
from caibian.grounding import KINDS, find, unsupported
from caibian.records import Example
from caibian.tasks import TaskCard, run_checks


def source_of(example: Example) -> str:
    """The text that facts of an answer are checked against."""
    return example.source_text or example.input


def passed(
    card: TaskCard, answer: str, example: Example, published_at: datetime | None = None
) -> dict[str, bool]:
    """Which checks of the card an answer passes; an empty answer passes none, though it holds no falsehood."""
    results = run_checks(card, answer, example, published_at=published_at)
    return {name: bool(answer.strip()) and result.passed for name, result in results.items()}


def check_figures(outcomes: Sequence[dict[str, bool]]) -> dict[str, Figure]:
    """The pass rate of each check over the items."""
    return {name: mean([outcome[name] for outcome in outcomes]) for name in outcomes[0]}


def number_figures(answers: Sequence[str], examples: Sequence[Example]) -> dict[str, Figure]:
    """How often answers hold a number, and how many of those have every number supported by the source.

    Dates are not numbers here, nor do they hold any. share_with_number: over all items. numbers_supported: over the answers with a number, so that a model
    cannot rise in it by leaving numbers out unseen.
    """
    with_number = np.array(
        [
            bool(find(answer, example.language, kinds=("number",)))
            for answer, example in zip(answers, examples, strict=True)
        ]
    )
    supported = np.array(
        [
            bool(held) and not unsupported(answer, source_of(example), example.language, kinds=("number",))
            for held, answer, example in zip(with_number, answers, examples, strict=True)
        ]
    )
    return {"share_with_number": mean(with_number), "numbers_supported": ratio(supported, with_number)}


def unsupported_facts(answer: str, example: Example, published_at: datetime | None = None) -> list[str]:
    """The numbers, dates, names and quotes of an answer that its source does not hold, as they stand there."""
    found = unsupported(answer, source_of(example), example.language, kinds=KINDS, published_at=published_at)
    return list(dict.fromkeys(mention.text for mention in found))
