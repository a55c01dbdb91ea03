"""A task card as the API shows it."""

from __future__ import annotations

from caibian.api.tasks import FormField, Shape, Task, Wording
from caibian.compliance import TYPED
from caibian.errors import ConfigError
from caibian.tasks import TaskCard, general_rubric, instruction, variants
from caibian.tasks.card import Pair

_ONE_LINE = TYPED | {"title", "claim", "premise", "hypothesis"}
"""Fields that hold a line; any other may hold a text."""


def as_task(card: TaskCard) -> Task:
    """What a form needs to know of a card."""
    output = card.output
    return Task(
        id=card.id,
        name=_wording(card.name),
        category=card.category,
        add_views=card.may.add_views,
        alter_facts=card.may.alter_facts,
        fields=[
            FormField(
                id=name,
                name=_wording(field.name),
                required=field.use == "required",
                long=name not in _ONE_LINE,
            )
            for name, field in card.input.items()
        ],
        output=Shape(
            kind=output.kind,
            language=output.language,
            max_chars=dict(output.max_chars or {}),
            min_chars=dict(output.min_chars or {}),
            lines=output.lines,
            labels={
                label: Wording(zh=wording.zh[0], en=wording.en[0]) for label, wording in output.labels.items()
            },
        ),
        languages=list(card.instructions),
        instructions={language: _instructions(card, language) for language in card.instructions},
        checks=list(card.checks),
        rubric=_rubric(card),
        example=dict(card.examples.good.input),
    )


def _wording(pair: Pair) -> Wording:
    return Wording(zh=pair.zh, en=pair.en)


def _instructions(card: TaskCard, language: str) -> list[str]:
    return [instruction(card, language, variant) for variant in range(variants(card, language))]


def _rubric(card: TaskCard) -> dict[str, Wording]:
    """What a judge looks at: the general dimensions that the card names, and its own."""
    general = general_rubric()
    missing = [name for name in card.rubric.general if name not in general]
    if missing:
        raise ConfigError(f"card {card.id}: rubric.general: no dimension {missing[0]!r}")
    found = {name: _wording(general[name]) for name in card.rubric.general}
    return found | {name: _wording(pair) for name, pair in card.rubric.specific.items()}
