"""The items that raters disagree on most, with what each of them said, for somebody to decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from caibian.evaluation.agreement.votes import Votes, concordant, per_item
from caibian.evaluation.comparison import EMPTY
from caibian.records import Example, Ranking


def disputed(
    votes: Votes,
    given: Sequence[Ranking],
    abstained: Sequence[Ranking],
    about: Mapping[str, Example],
    most: int,
) -> list[dict[str, Any]]:
    """The items whose raters ordered the largest share of pairs against each other, worst first."""
    left, right = votes.pairs
    signed, both = concordant(votes, left, votes, right)
    against = per_item(votes.item[left], (both - signed) / 2, len(votes.examples))
    compared = per_item(votes.item[left], both, len(votes.examples))
    share = np.divide(against, compared, out=np.zeros_like(against), where=compared > 0)
    worst = sorted(np.flatnonzero(share > 0).tolist(), key=lambda item: (-share[item], -compared[item], item))
    listed = {votes.examples[item]: item for item in worst[:most]}
    said: dict[str, list[Ranking]] = defaultdict(list)
    passed: dict[str, list[Ranking]] = defaultdict(list)
    for rows, found in ((given, said), (abstained, passed)):
        for one in rows:
            if one.kind == "expert" and one.example_id in listed:
                found[one.example_id].append(one)
    return [
        {
            "example_id": name,
            "card": about[name].card if name in about else None,
            "language": about[name].language if name in about else None,
            "disagreement": round(float(share[item]), 6),
            "orders": [
                {
                    "rater": one.judge,
                    "order": [system for system in one.order if system != EMPTY],
                    "comment": one.comment,
                }
                for one in sorted(said[name], key=lambda one: one.judge)
            ],
            "abstained": [
                {"rater": one.judge, "reason": one.abstained}
                for one in sorted(passed[name], key=lambda one: one.judge)
            ],
        }
        for name, item in listed.items()
    ]
