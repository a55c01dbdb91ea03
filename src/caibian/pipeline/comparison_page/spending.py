"""What answering and judging took: seconds, tokens and money, system by system and judge by judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from caibian.evaluation.tables import Evaluated
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.comparison_page.sentences import said
from caibian.pipeline.report import numbers
from caibian.pipeline.report.words import Two, pair
from caibian.records import Answer

KEYS = ("answers", "seconds", "tokens_in", "tokens_out", "cost")


@dataclass(frozen=True)
class Spent:
    """One system or judge."""

    who: Two
    doing: str  # answering | judging
    cells: list[tuple[str, Any]]  # (one of KEYS, as it is read)


def spending(found: Evaluated) -> list[Spent]:
    """The rows of the section on cost; nothing where nothing was counted."""
    rows = []
    if found.comparison is not None:
        for system, answers in found.comparison.answers.items():
            rows.append(_answering(system, list(answers.values())))
    for judge, one in found.judges.items():
        if one.get("seconds") is None:
            continue
        cost = one.get("cost") or {}
        amount = (
            f"{numbers.significant(cost['amount'])} {cost.get('currency', '')}" if "amount" in cost else "–"
        )
        rows.append(
            _row(pair(judge), "judging", one.get("rankings"), one.get("seconds"), one.get("prompt_tokens"),
                 one.get("completion_tokens"), amount)
        )  # fmt: skip
    return rows


def expert_time(found: Evaluated) -> Two | None:
    """How long the experts took, where it was measured."""
    given = [one for one in found.rankings if one.kind == "expert" and one.seconds > 0]
    if not given:
        return None
    time = numbers.duration(sum(one.seconds for one in given))
    return said("cmp_spending.expert_time", time=time, n=numbers.count(len(given)))


def _answering(system: str, answers: Iterable[Answer]) -> Spent:
    given = [one for one in answers if one.finish_reason != "error"]
    return _row(
        naming.system(system), "answering", len(given), sum(one.seconds for one in given),
        sum(one.prompt_tokens for one in given), sum(one.completion_tokens for one in given), "–",
    )  # fmt: skip


def _row(
    who: Two, doing: str, answers: Any, seconds: Any, tokens_in: Any, tokens_out: Any, cost: str
) -> Spent:
    known = [
        numbers.count(answers),
        numbers.duration(seconds),
        *(_tokens(n) for n in (tokens_in, tokens_out)),
        cost,
    ]
    return Spent(who, doing, list(zip(KEYS, known, strict=True)))


def _tokens(count: Any) -> str:
    """Tokens; a dash where none were counted."""
    return numbers.count(count) if count else "–"
