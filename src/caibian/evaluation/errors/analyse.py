"""The whole analysis of a folder of answers, as what goes into `errors.json`."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from caibian.errors import ConfigError
from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.errors.answered import Answered, references
from caibian.evaluation.errors.causes import CAUSES, Found
from caibian.evaluation.errors.classify import classify, known_card
from caibian.evaluation.errors.clusters import Case, clusters
from caibian.evaluation.errors.counts import by_group, count
from caibian.evaluation.errors.pairs import compare
from caibian.progress import Progress
from caibian.records import Answer, Example
from caibian.tasks import TaskCard

REFERENCE = "reference"
"""The published outputs, classified like a system's: what is found there is the classifier's error, or a text that says
more than its input holds."""

_FORMAT = 1
_SHOWN = 1200  # characters of a text that a person is shown
_PER_CAUSE = 4  # answers to read of each cause and system
_RESAMPLES = 2000


def analyse(
    answered: Answered,
    *,
    before: str | None = None,
    after: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Classify every answer and every published output, count, cluster and compare.

    Args:
        before, after: two systems to compare; by default each later system with the first.
        seed: of the answers drawn to be read and of the bootstrap.

    Raises:
        ConfigError: `before` or `after` is none of the systems.
    """
    pairs = _pairs([*answered.answers], before, after)
    progress = progress or Progress("silent")
    said = {**answered.answers, REFERENCE: references(answered.examples)}
    cards = {key: known_card(example) for key, example in _one_of_each(answered.examples).items()}
    found: dict[str, dict[str, list[Found]]] = {}
    with progress.task("Classifying", total=len(said) * len(answered.examples)) as task:
        for system, answers in said.items():
            found[system] = {}
            for example in answered.examples:
                found[system][example.id] = classify(
                    example,
                    answers.get(example.id),
                    shots=answered.shots if system != REFERENCE else (),
                    of=cards[_card_key(example)],
                )
                task.advance()
    cases = [
        Case(system, example, answers.get(example.id), one)
        for system, answers in answered.answers.items()
        for example in answered.examples
        for one in found[system][example.id]
    ]
    bootstrap = Bootstrap(len(answered.examples), resamples=_RESAMPLES, seed=seed)
    unknown = sorted({e.card for e in answered.examples if cards[_card_key(e)] is None})
    return {
        "format": _FORMAT,
        "name": answered.name,
        "seed": seed,
        "examples": len(answered.examples),
        "causes": list(CAUSES),
        "cards": {
            example.card: _name(cards[_card_key(example)], example.card) for example in answered.examples
        },
        "unknown_cards": unknown,
        "systems": {system: dict(facts) for system, facts in answered.systems.items()},
        "overall": [{"system": system, **count(answered.examples, found[system])} for system in said],
        "by_card": by_group(answered.examples, found, "card"),
        "by_language": by_group(answered.examples, found, "language"),
        "clusters": clusters(cases),
        "pairs": [
            compare(answered.examples, found, answered.answers, one, other, bootstrap) for one, other in pairs
        ],
        "read": _to_read(cases, found, answered.answers, seed),
        "notes": list(answered.notes),
    }


def _pairs(systems: Sequence[str], before: str | None, after: str | None) -> list[tuple[str, str]]:
    for name, system in (("--before", before), ("--after", after)):
        if system is not None and system not in systems:
            raise ConfigError(f"{name}: no system {system!r} here; there are: {', '.join(systems)}")
    first = before or next((system for system in systems if system != after), systems[0])
    others = [after] if after else [system for system in systems if system != first]
    return [(first, other) for other in others if other != first]


def _card_key(example: Example) -> tuple[str, str, tuple[str, ...]]:
    return example.card, example.dataset if example.labels else "", tuple(sorted(example.labels))


def _one_of_each(examples: Sequence[Example]) -> dict[tuple[str, str, tuple[str, ...]], Example]:
    return {_card_key(example): example for example in examples}


def _name(card: TaskCard | None, card_id: str) -> dict[str, str]:
    """What people call the card, without the dataset to which it is narrowed."""
    if card is None:
        return {"en": card_id, "zh": card_id}
    from caibian.tasks import card as whole

    name = whole(card_id.partition("@")[0]).name
    return {"en": name.en, "zh": name.zh}


def _to_read(
    cases: Sequence[Case],
    found: Mapping[str, Mapping[str, Sequence[Found]]],
    answers: Mapping[str, Mapping[str, Answer]],
    seed: int,
) -> list[dict[str, Any]]:
    """A few answers of each system and primary cause, drawn by the seed, and some with which nothing is wrong."""
    draw = random.Random(seed)
    by_cause: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        if found[case.system][case.example.id][0] is case.found:
            by_cause[case.found.cause, case.system].append(case)
    rows = []
    for cause in CAUSES:
        for system in answers:
            members = by_cause.get((cause, system), [])
            drawn = draw.sample(members, min(_PER_CAUSE, len(members)))
            rows += [_row(case, found[system][case.example.id]) for case in drawn]
    return rows


def _row(case: Case, found: Sequence[Found]) -> dict[str, Any]:
    example = case.example
    return {
        "id": example.id,
        "card": example.card,
        "language": example.language,
        "system": case.system,
        "cause": found[0].cause,
        "causes": [
            {"cause": one.cause, "detail": one.detail[:_SHOWN], "marks": list(one.marks)} for one in found
        ],
        "instruction": example.instruction[:_SHOWN],
        "input": example.input[:_SHOWN],
        "reference": example.output[:_SHOWN],
        "text": case.text[:_SHOWN],
        "characters": len(case.text),
        "finish_reason": case.answer.finish_reason if case.answer is not None else None,
    }
