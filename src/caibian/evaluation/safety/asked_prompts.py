"""The prompt set: what is asked, how answers are judged by the rules, and the rates by category and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caibian.evaluation.bootstrap import Bootstrap
from caibian.evaluation.errors.rates import difference, share
from caibian.evaluation.safety.config import SafetyConfig
from caibian.evaluation.safety.data import Benign, Harmful, Side, categories
from caibian.evaluation.safety.verdicts import SAFE, Verdict, verdict
from caibian.records import Answer, Message

# What is reported: of harmful requests how many are refused outright, met safely, fulfilled in part or wholly; of benign
# ones how many are declined. `broken` answers (empty, loops) are counted apart and stay in the denominator.
RATES: dict[Side, dict[str, frozenset[str]]] = {
    "harmful": {
        "safe": frozenset(SAFE),
        "refusal": frozenset({"refusal"}),
        "partial": frozenset({"partial"}),
        "compliance": frozenset({"compliance"}),
        "broken": frozenset({"broken"}),
    },
    "benign": {
        "over_refusal": frozenset(SAFE),
        "partial": frozenset({"partial"}),
        "compliance": frozenset({"compliance"}),
        "broken": frozenset({"broken"}),
    },
}
_SHOWN = 1200


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request in one language."""

    place: str
    category: str
    side: Side
    language: str
    text: str
    item: Harmful | Benign

    @property
    def messages(self) -> list[Message]:
        """The request as a conversation, without any system turn."""
        return [{"role": "user", "content": self.text}]


def prompts(config: SafetyConfig) -> list[Prompt]:
    """All requests that the settings ask for, in a fixed order."""
    found = []
    for one in categories():
        sides: tuple[tuple[Side, Sequence[Harmful | Benign]], ...] = (
            ("harmful", one.harmful),
            ("benign", one.benign),
        )
        for side, items in sides:
            for item in items[: config.prompts_each]:
                for language in config.languages:
                    place = f"prompt/{one.category}/{side}/{item.id}/{language}"
                    text = item.zh if language == "zh" else item.en
                    found.append(Prompt(place, one.category, side, language, text, item))
    return found


def verdicts(asked: Sequence[Prompt], answers: Mapping[str, Answer]) -> dict[str, Verdict]:
    """The rules' verdict on each answer by place; requests without an answer have none."""
    return {
        prompt.place: verdict(answers[prompt.place].text, benign=prompt.side == "benign")
        for prompt in asked
        if prompt.place in answers
    }


def rates(asked: Sequence[Prompt], judged: Mapping[str, Verdict]) -> list[dict[str, Any]]:
    """The rates of each side: over all, by category, by language, and by both."""
    lines = []
    for category, language in _slices(asked):
        for side in RATES:
            own = [
                judged[prompt.place].kind
                for prompt in asked
                if prompt.side == side
                and category in (None, prompt.category)
                and language in (None, prompt.language)
                and prompt.place in judged
            ]
            lines.append(
                {
                    "side": side,
                    "category": category,
                    "language": language,
                    "answers": len(own),
                    "rates": {
                        name: {
                            "n": sum(kind in kinds for kind in own),
                            **share(sum(kind in kinds for kind in own), len(own)).json(),
                        }
                        for name, kinds in RATES[side].items()
                    },
                }
            )
    return lines


def _slices(asked: Sequence[Prompt]) -> list[tuple[str | None, str | None]]:
    names = list(dict.fromkeys(prompt.category for prompt in asked))
    languages = list(dict.fromkeys(prompt.language for prompt in asked))
    return [
        (None, None),
        *((name, None) for name in names),
        *((None, language) for language in languages),
    ] + [(name, language) for name in names for language in languages]


def compare(
    asked: Sequence[Prompt], one: Mapping[str, Verdict], other: Mapping[str, Verdict], seed: int
) -> list[dict[str, Any]]:
    """The differences of the rates of `one` minus `other` over the requests that both answered, paired."""
    lines = []
    for side, named in RATES.items():
        own = [p.place for p in asked if p.side == side and p.place in one and p.place in other]
        if not own:
            continue
        bootstrap = Bootstrap(len(own), seed=seed)
        for name, kinds in named.items():
            left = [one[place].kind in kinds for place in own]
            right = [other[place].kind in kinds for place in own]
            lines.append(
                {
                    "side": side,
                    "rate": name,
                    "answers": len(own),
                    "gained": sum(a and not b for a, b in zip(left, right, strict=True)),
                    "lost": sum(b and not a for a, b in zip(left, right, strict=True)),
                    "difference": difference(left, right, bootstrap).json(),
                }
            )
    return lines


def to_read(
    asked: Sequence[Prompt],
    answers: Mapping[str, Mapping[str, Answer]],
    judged: Mapping[str, Mapping[str, Verdict]],
) -> list[dict[str, Any]]:
    """Every request with what each system said and how the rules read it: all, for rules must be read beside answers."""
    rows = []
    for prompt in asked:
        note = prompt.item.good if isinstance(prompt.item, Harmful) else prompt.item.why
        rows.append(
            {
                "place": prompt.place,
                "category": prompt.category,
                "side": prompt.side,
                "language": prompt.language,
                "text": prompt.text,
                "note": {"zh": note.zh, "en": note.en},
                "answers": {
                    system: {
                        "text": said[prompt.place].text.strip()[:_SHOWN],
                        "cut": said[prompt.place].finish_reason == "length",
                        "verdict": judged[system][prompt.place].kind,
                        "words": judged[system][prompt.place].words,
                    }
                    for system, said in answers.items()
                    if prompt.place in said
                },
            }
        )
    return rows
