"""Answers before and after tuning side by side, for the report page."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from caibian.evaluation import checks
from caibian.evaluation.table import SYSTEMS, CardTest


def draw_samples(tests: Sequence[CardTest], count: int, seed: int) -> list[dict[str, Any]]:
    """`count` test examples drawn by the seed, evenly over the cards, with both answers and their checks.

    Where the cards do not divide the count, earlier ones get one more; a card with too few gives its share
    to the others. The rows stand card by card.
    """
    draw = random.Random(seed)
    orders = [draw.sample(range(len(test.examples)), len(test.examples)) for test in tests]
    rounds = zip_longest(*([(card, place) for place in order] for card, order in enumerate(orders)))
    turns = [turn for each in rounds for turn in each if turn is not None]
    return [_row(tests[card], place) for card, place in sorted(turns[:count], key=lambda turn: turn[0])]


def _row(test: CardTest, place: int) -> dict[str, Any]:
    example = test.examples[place]
    when = test.published.get(example.id)
    said = {system: test.said(system)[place] for system in SYSTEMS}
    return {
        "example_id": example.id,
        "card": test.card.id,
        "source": example.input,
        "instruction": example.instruction,
        "reference": example.output,
        **said,
        "checks": {system: checks.passed(test.card, text, example, when) for system, text in said.items()},
        "unsupported": {
            system: checks.unsupported_facts(text, example, when) if test.card.output.kind == "text" else []
            for system, text in said.items()
        },
    }
