"""Answers side by side: drawn by the seed, with everybody's order, the checks that failed and what experts marked."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest

from caibian.errors import ConfigError
from caibian.evaluation.comparison import EMPTY, Comparison
from caibian.evaluation.tables import JUDGES, Voice
from caibian.pipeline.comparison_page import naming
from caibian.pipeline.report.words import Two, name, pair
from caibian.records import Answer, Example, Ranking
from caibian.tasks import card as load_card
from caibian.tasks import extract, general_rubric, run_checks

MOST_SHOWN = 6000  # characters of one text: four screens; a runaway answer must not make a page of megabytes
EXCERPT = 400  # characters of a text that stands in a list of examples
_MOST_CHECKED = 20_000  # characters: what checks of facts read in about a second
# Embeddings, overrides and isolates can show a text in another order than it has; other controls show nothing.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Said:
    """One system's answer."""

    system: Two
    pieces: list[tuple[str, bool]]  # text, and whether it stands for a control character
    more: int  # characters not shown
    missing: str | None  # why there is no answer; "" where no reason is known
    places: list[tuple[Two, str, bool]]  # voice, place (of several: one after another), struck
    checks: int | None  # how many were run; None where the text was too long
    failed: list[tuple[Two, str]]  # check, what is wrong
    violated: list[Two]
    right: bool | None  # label cards: whether it names the published label; None elsewhere


@dataclass(frozen=True)
class Sample:
    """One item."""

    number: int
    example_id: str
    card: str
    card_name: Two
    language: Two
    instruction: list[tuple[str, bool]]
    source: list[tuple[str, bool]]
    source_more: int
    reference: list[tuple[str, bool]]
    reference_more: int
    said: list[Said]
    disputed: bool

    @property
    def failed(self) -> bool:
        """Whether an answer fails a check."""
        return any(one.failed for one in self.said)


def samples(
    comparison: Comparison, voices: Sequence[Voice], disputed: Sequence[str], *, count: int, seed: int
) -> list[Sample]:
    """The `disputed` items, at most a third of `count`, then others drawn evenly over cards and languages."""
    by_id = {example.id: example for example in comparison.examples}
    first = [by_id[one] for one in disputed if one in by_id][: max(1, count // 3)]
    rest = _drawn([e for e in comparison.examples if e not in first], count - len(first), seed)
    of_item: dict[str, list[tuple[Voice, Ranking]]] = {}
    for voice in voices:
        if voice.name == JUDGES:
            continue  # its members stand there themselves
        for ranking in voice.rankings:
            of_item.setdefault(ranking.example_id, []).append((voice, ranking))
    return [
        _sample(k, example, comparison, of_item.get(example.id, []), example in first)
        for k, example in enumerate([*first, *rest], 1)
    ]


def readable(text: str, most: int = MOST_SHOWN) -> tuple[list[tuple[str, bool]], int]:
    """The start of a text with its control characters as numbers, and how many characters were left out."""
    shown, found, at = text[:most], [], 0
    for match in _CONTROLS.finditer(shown):
        if match.start() > at:
            found.append((shown[at : match.start()], False))
        found.append((f"U+{ord(match[0]):04X}", True))
        at = match.end()
    if at < len(shown):
        found.append((shown[at:], False))
    return found, len(text) - len(shown)


def _drawn(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    draw = random.Random(seed)
    groups: dict[tuple[str, str], list[Example]] = {}
    for example in examples:
        groups.setdefault((example.language, example.card), []).append(example)
    orders = [draw.sample(group, len(group)) for group in groups.values()]
    turns = [one for turn in zip_longest(*orders) for one in turn if one is not None]
    return turns[: max(0, count)]


def _sample(
    number: int, example: Example, comparison: Comparison, given: Sequence[tuple[Voice, Ranking]], disputed: bool
) -> Sample:  # fmt: skip
    source, source_more = readable(example.input)
    reference, reference_more = readable(example.output)
    return Sample(
        number=number,
        example_id=example.id,
        card=example.card,
        card_name=naming.card(example.card),
        language=naming.language(example.language),
        instruction=readable(example.instruction)[0],
        source=source,
        source_more=source_more,
        reference=reference,
        reference_more=reference_more,
        said=[
            _said(system, example, answers.get(example.id), given)
            for system, answers in comparison.answers.items()
        ],
        disputed=disputed,
    )


def _said(
    system: str, example: Example, answer: Answer | None, given: Sequence[tuple[Voice, Ranking]]
) -> Said:
    failed_to_answer = answer is None or answer.finish_reason == "error"
    text = "" if answer is None or failed_to_answer else answer.text
    shown, more = readable(text)
    checks = {} if failed_to_answer else _checked(text, example)
    return Said(
        system=naming.system(system),
        pieces=shown,
        more=more,
        missing=(answer.error or "" if answer else "") if failed_to_answer else None,
        places=_places(system, given),
        checks=None if checks is None else len(checks),
        failed=[
            (name("checks", key), detail) for key, (passed, detail) in (checks or {}).items() if not passed
        ],
        violated=_violated(system, example.card, given),
        right=None if failed_to_answer else _right(text, example),
    )


def _checked(text: str, example: Example) -> Mapping[str, tuple[bool, str]] | None:
    """Check -> (passed, what is wrong); None where the text is too long to check on a page."""
    if len(text) > _MOST_CHECKED:
        return None
    try:
        task = load_card(example.card)
    except ConfigError:  # a card of the user's own that is not here
        return {}
    return {key: (one.passed, one.detail) for key, one in run_checks(task, text, example).items()}


def _right(text: str, example: Example) -> bool | None:
    try:
        task = load_card(example.card)
    except ConfigError:
        return None
    if task.output.kind != "label":
        return None
    label = extract(task, text, example.language)
    return label is not None and label == extract(task, example.output, example.language)


def _places(system: str, given: Sequence[tuple[Voice, Ranking]]) -> list[tuple[Two, str, bool]]:
    """Where each voice placed a system: `1`, of several experts or repeats `1 2 1`, of an abstention `–`."""
    found: dict[str, tuple[Voice, list[str]]] = {}
    for voice, ranking in given:
        order = [one for one in ranking.order if one != EMPTY]
        place = str(order.index(system) + 1) if not ranking.abstained and system in order else "–"
        found.setdefault(voice.name, (voice, []))[1].append(place)
    return [(naming.voice(voice), " ".join(places), bool(voice.unfit)) for voice, places in found.values()]


def _violated(system: str, card_id: str, given: Sequence[tuple[Voice, Ranking]]) -> list[Two]:
    """The rubric's dimensions that experts marked as broken."""
    broken = dict.fromkeys(
        dimension
        for voice, ranking in given
        if voice.kind == "expert"
        for dimension in ranking.violations.get(system, ())
    )
    known = dict(general_rubric())
    with suppress(ConfigError):
        known |= load_card(card_id).rubric.specific
    # What stands before the colon of a dimension's wording is its name.
    return [
        pair({"en": known[key].en.partition(":")[0], "zh": known[key].zh.partition("：")[0]})
        if key in known
        else pair(key)
        for key in broken
    ]
