"""Generated news against its source: numbers, names, quotations and dates that the source does not hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.errors import find_refusal
from caibian.evaluation.errors.classify import known_card, wanted_language
from caibian.evaluation.errors.facts import checked_kinds, fact_errors
from caibian.evaluation.errors.rates import difference, share
from caibian.evaluation.safety.config import SafetyConfig
from caibian.grounding import KINDS, Kind, find
from caibian.records import Answer, Example
from caibian.tasks import instruction, load_cards, render_input

REFERENCE = "reference"
_TOKENS = {
    "zh": 1.0,
    "en": 0.35,
    "ar": 0.7,
    "hi": 1.1,
}  # that one character can take, as in the evaluation stage
_MOST_TOKENS = 320
_STEP_TOKENS = (
    64  # limits are rounded up to a multiple, so that answers of like length are generated together
)
_EXAMPLES = 5
_SHOWN = 600


def card_examples(config: SafetyConfig) -> list[Example]:
    """The worked examples of the packaged text cards that forbid facts from elsewhere, spread over the cards."""
    found = []
    for card in load_cards().values():
        good = card.examples.good
        if card.output.kind == "text" and checked_kinds(card) and good.language in config.languages:
            source = render_input(card, good.input, good.language)
            found.append(
                Example(
                    id=f"card/{card.id}",
                    instruction=instruction(card, good.language),
                    input=source,
                    output=good.answer,
                    card=card.id,
                    dataset="worked examples of the cards",
                    language=good.language,
                    split="test",
                )
            )
    return _spread(found, config.news)


def usable(examples: Sequence[Example], config: SafetyConfig) -> list[Example]:
    """Those of a person's examples whose card is a text card that forbids facts from elsewhere, spread over the cards."""
    found = [
        one
        for one in examples
        if (known := known_card(one)) is not None and known.output.kind == "text" and checked_kinds(known)
    ]
    return _spread(found, config.news)


def tokens(example: Example) -> int:
    """The longest answer to ask for, in tokens: what the card's longest text can take, within bounds."""
    known = known_card(example)
    most = known.output.limits(example.language)[1] if known is not None else None
    needed = (most or _MOST_TOKENS) * _TOKENS.get(example.language, 1.0)
    return min(_MOST_TOKENS, ceil(needed / _STEP_TOKENS) * _STEP_TOKENS)


def check(
    examples: Sequence[Example], answers: Mapping[str, Mapping[str, Answer]], seed: int = 0
) -> dict[str, Any]:
    """For each system, and for the published texts, how many answers hold a fact of each kind that the source lacks.

    Answers that are missing, empty or refuse are left out and counted: they state nothing.
    """
    said = {**answers, REFERENCE: {one.id: Answer(one.output, REFERENCE) for one in examples}}
    lacking = {system: _facts(examples, own) for system, own in said.items()}
    holding = {system: _held(examples, own) for system, own in said.items()}
    systems = [_system(system, examples, lacking[system], holding[system], said[system]) for system in said]
    first = next(iter(answers), None)
    pairs = [
        _pair(first, other, examples, lacking, seed)
        for other in answers
        if first is not None and other != first
    ]
    return {
        "examples": len(examples),
        "cards": len({one.card for one in examples}),
        "systems": systems,
        "pairs": [pair for pair in pairs if pair],
    }


Lacking = dict[str, dict[str, tuple[str, ...]]]  # example id -> kind -> what the source does not hold


def _facts(examples: Sequence[Example], said: Mapping[str, Answer]) -> Lacking:
    found: Lacking = {}
    for example in examples:
        answer = said.get(example.id)
        if answer is None or not answer.text.strip() or find_refusal(answer.text):
            continue
        known = known_card(example)
        assert known is not None
        language = wanted_language(example, known)
        errors = fact_errors(known, answer.text.strip(), example, language)
        found[example.id] = {one.cause.removeprefix("unsupported_"): one.marks for one in errors}
    return found


def _held(examples: Sequence[Example], said: Mapping[str, Answer]) -> dict[str, frozenset[str]]:
    """The kinds of facts that each answer holds at all and that its card wants in the source."""
    found: dict[str, frozenset[str]] = {}
    for example in examples:
        answer = said.get(example.id)
        known = known_card(example)
        if answer is not None and known is not None:
            kinds = checked_kinds(known)
            mentions = find(answer.text, wanted_language(example, known), kinds)
            found[example.id] = frozenset(mention.kind for mention in mentions)
    return found


def _checked(example: Example) -> tuple[Kind, ...]:
    known = known_card(example)
    return checked_kinds(known) if known is not None else ()


def _system(
    system: str,
    examples: Sequence[Example],
    lacking: Lacking,
    holding: Mapping[str, frozenset[str]],
    said: Mapping[str, Answer],
) -> dict[str, Any]:
    kinds = {}
    for kind in KINDS:
        own = [one for one in examples if one.id in lacking and kind in _checked(one)]
        wrong = sum(kind in lacking[one.id] for one in own)
        with_kind = sum(kind in holding[one.id] or kind in lacking[one.id] for one in own)
        kinds[kind] = {
            "n": wrong,
            "answers": len(own),
            "with_kind": with_kind,
            **share(wrong, len(own)).json(),
            "of_those_with": share(wrong, with_kind).json(),
        }
    any_wrong = sum(bool(own) for own in lacking.values())
    return {
        "system": system,
        "answers": len(lacking),
        "left_out": len(examples) - len(lacking),
        "any": {"n": any_wrong, **share(any_wrong, len(lacking)).json()},
        "kinds": kinds,
        "examples": _examples(examples, lacking, said),
    }


def _examples(
    examples: Sequence[Example], lacking: Lacking, said: Mapping[str, Answer]
) -> list[dict[str, Any]]:
    """A few answers with the facts in question, every kind in its turn."""
    shown: dict[str, list[dict[str, Any]]] = defaultdict(list)
    seen: set[str] = set()
    for kind in KINDS:
        for one in examples:
            if one.id not in seen and kind in lacking.get(one.id, {}) and len(shown[kind]) < _EXAMPLES:
                seen.add(one.id)
                shown[kind].append(
                    {
                        "id": one.id,
                        "card": one.card,
                        "source": (one.source_text or one.input)[:_SHOWN],
                        "text": said[one.id].text.strip()[:_SHOWN],
                        "lacking": {name: list(words) for name, words in lacking[one.id].items()},
                    }
                )
    return [one for kind in KINDS for one in shown[kind]]


def _pair(
    one: str | None, other: str, examples: Sequence[Example], lacking: Mapping[str, Lacking], seed: int
) -> dict[str, Any] | None:
    """The share of answers with any such fact, `one` minus `other`, over the examples that both answered."""
    assert one is not None
    shared = [e.id for e in examples if e.id in lacking[one] and e.id in lacking[other]]
    if not shared:
        return None
    left, right = ([bool(lacking[system][key]) for key in shared] for system in (one, other))
    bootstrap = Bootstrap(len(shared), seed=seed)
    return {
        "one": one,
        "other": other,
        "answers": len(shared),
        "difference": difference(left, right, bootstrap).json(),
    }


def _spread(examples: Sequence[Example], most: int) -> list[Example]:
    """At most so many examples, the cards taking turns in their order."""
    by_card: dict[str, list[Example]] = defaultdict(list)
    for one in examples:
        by_card[one.card].append(one)
    turns = sorted(
        (
            (place, number, one)
            for number, own in enumerate(by_card.values())
            for place, one in enumerate(own)
        ),
        key=lambda item: item[:2],
    )
    return [one for _, _, one in turns[:most]]
