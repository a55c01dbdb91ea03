"""A card's checks over an answer, and over the card's own worked examples."""

from __future__ import annotations

from datetime import datetime

from caibian.records import Example
from caibian.tasks.card import TaskCard
from caibian.tasks.checks.context import CHECKS, CheckContext, CheckResult
from caibian.tasks.prompt import instruction, render_input


def run_checks(
    card: TaskCard, answer: str, example: Example, *, published_at: datetime | None = None
) -> dict[str, CheckResult]:
    """Every check that the card names, over one answer to one example, in the card's order.

    Facts are looked for in `example.source_text`, or in its input where it has none.
    """
    context = CheckContext(
        card=card,
        language=example.language,
        source=example.source_text or example.input,
        instruction=example.instruction,
        published_at=published_at,
    )
    return _run(answer, context)


def verify_examples(card: TaskCard) -> list[str]:
    """Whether the card's own examples bear it out: what a check refuses in the good answer, and each bad answer that
    the check it names lets pass. Empty where all is well."""
    good = card.examples.good
    context = CheckContext(
        card=card,
        language=good.language,
        source=render_input(card, good.input, good.language),
        instruction=instruction(card, good.language),
    )
    found = [
        f"examples.good: refused by {name}: {result.detail}"
        for name, result in _run(good.answer, context).items()
        if not result.passed
    ]
    found += [
        f"examples.bad[{number}]: {bad.refused_by} does not refuse it"
        for number, bad in enumerate(card.examples.bad)
        if CHECKS[bad.refused_by](bad.answer, context).passed
    ]
    return found


def _run(answer: str, context: CheckContext) -> dict[str, CheckResult]:
    return {name: CHECKS[name](answer, context) for name in context.card.checks}
