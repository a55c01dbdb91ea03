"""Whether a pair may teach: everything that is wrong with it, by reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caibian.instructions.selfinstruct.checks import form, matter
from caibian.instructions.selfinstruct.checks.case import Case
from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.passages import Passage
from caibian.instructions.selfinstruct.prompts import Pair

_CHECKS: dict[str, Callable[[Case], str]] = {
    check.__name__: check
    for check in (
        form.empty,
        form.refusal,
        form.wrong_language,
        form.too_short,
        form.too_long,
        matter.few_shot_leakage,
        form.unanswerable,
        matter.off_topic,
        matter.says_nothing,
        matter.quote_not_in_passage,
        matter.answer_not_grounded,
    )
}
NEAR_DUPLICATE = "near_duplicate"
DISPUTED = "answered_two_ways"
NOT_CONFIRMED = "not_confirmed"  # asked again, the model says something else
UNSURE = "unsure"  # of the share that the model is least sure of
REASONS = (DISPUTED, *_CHECKS, NEAR_DUPLICATE)
"""Why a pair is refused, in the order in which reasons are looked for; it is counted under the first."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a pair is not used: one of `REASONS`, and what it was, for people to read."""

    reason: str
    detail: str


def refusals(pair: Pair, passage: Passage, document: str, config: SelfInstructConfig) -> list[Refusal]:
    """Everything that is wrong with a pair but for being a near-duplicate; empty where it may be used.

    Of a pair that is empty nothing else is asked.
    """
    case = Case(pair, passage, document, config)
    found: list[Refusal] = []
    for reason, check in _CHECKS.items():
        if detail := check(case):
            found.append(Refusal(reason, detail))
            if reason == "empty":
                break
    return found
