"""What pydantic cannot see of a card: whether its parts agree with each other and with what the house has."""

from __future__ import annotations

import string
from functools import lru_cache
from pathlib import Path

import yaml

from caibian.tasks.card import PLACEHOLDERS, REQUIRED_LANGUAGES, InputField, OutputSpec, Pair, TaskCard
from caibian.tasks.checks import CHECKS
from caibian.tasks.labels import bare
from caibian.tasks.schema import unknown_keywords

RUBRIC_FILE = Path(__file__).parent / "rubric.yaml"
CHECK_NAMES_FILE = Path(__file__).parent / "checks" / "names.yaml"
MIN_VARIANTS = 5  # wordings per required language: fewer, and a tuned model learns one sentence, not the task
_KIND_OF_CHECK = {"label_valid": "label", "json_valid": "json", "values_in_source": "json"}
# A field of the output specification and the check that holds answers to it: each needs the other.
_CHECK_OF_FIELD = {
    "min_lines": "lines",
    "lines": "lines",
    "line_chars": "line_length",
    "sections": "sections",
    "format": "format",
    "share_of_source": "share_of_source",
    "script": "script",
    "verbatim": "values_in_source",
    "labels": "label_valid",
    "json_schema": "json_valid",
}

Problem = tuple[str, str]  # field, message


def inconsistencies(card: TaskCard) -> list[Problem]:
    """All that is wrong between the parts of a card, as (field, message)."""
    found = [
        *_instruction_problems(card),
        *_example_problems(card),
        *_build_problems(card),
        *_check_problems(card),
        *_label_problems(card),
        *_rubric_problems(card),
    ]
    if card.output.json_schema is not None:
        found += [("output", problem) for problem in unknown_keywords(card.output.json_schema)]
    return found


@lru_cache(maxsize=1)
def general_rubric() -> dict[str, Pair]:
    """The dimensions of judgement that all cards share, by name, worded in both languages."""
    data = yaml.safe_load(RUBRIC_FILE.read_text(encoding="utf-8"))
    return {name: Pair.model_validate(pair) for name, pair in data.items()}


@lru_cache(maxsize=1)
def check_names() -> dict[str, Pair]:
    """What the checks are called, by their names in cards, in both languages."""
    data = yaml.safe_load(CHECK_NAMES_FILE.read_text(encoding="utf-8"))
    return {name: Pair.model_validate(pair) for name, pair in data.items()}


def _instruction_problems(card: TaskCard) -> list[Problem]:
    found = []
    for language in REQUIRED_LANGUAGES:
        count = len(card.instructions.get(language, []))
        if count < MIN_VARIANTS:
            found.append((f"instructions.{language}", f"needs {MIN_VARIANTS} variants, has {count}"))
    for language, texts in card.instructions.items():
        if len(set(texts)) < len(texts):
            found.append((f"instructions.{language}", "the same variant stands twice"))
        known = _filled(card.output, language)
        for number, text in enumerate(texts):
            place = f"instructions.{language}[{number}]"
            if not text.strip():
                found.append((place, "is empty"))
            found += [
                (
                    place,
                    f"{{{name}}} has no value for {language}; known here: {', '.join(known) or 'none'}",
                )
                for name in _placeholders(text)
                if name not in known
            ]
        found += [
            (f"output.labels.{label}", f"has no wording in {language}, which has instructions")
            for label, wording in card.output.labels.items()
            if not wording.words(language)
        ]
    return found


def _example_problems(card: TaskCard) -> list[Problem]:
    good = card.examples.good
    found = _field_problems("examples.good.input", set(good.input), card.input)
    found += [
        (f"examples.bad[{number}].refused_by", f"{bad.refused_by!r} is not among the card's checks")
        for number, bad in enumerate(card.examples.bad)
        if bad.refused_by not in card.checks
    ]
    return found


def _build_problems(card: TaskCard) -> list[Problem]:
    if card.build is None:
        return []
    found = _field_problems("build.input", set(card.build.input), card.input)
    if card.build.output.startswith("label.") != (card.output.kind == "label"):
        found.append(("build.output", f"{card.build.output} does not fit output.kind {card.output.kind}"))
    if card.build.output == "title" and any("title" in parts for parts in card.build.input.values()):
        found.append(("build.input", "the title is the output and cannot be part of the input"))
    return found


def _placeholders(text: str) -> list[str]:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:  # a single brace
        return ["brace"]


def _filled(output: OutputSpec, language: str) -> list[str]:
    """The placeholders that have a value in one language."""
    if output.language != "same":
        language = output.language
    limits = {
        "max_chars": language in (output.max_chars or {}),
        "min_chars": language in (output.min_chars or {}),
    }
    limits["labels"] = bool(output.labels)
    return [name for name in PLACEHOLDERS if limits[name]]


def _field_problems(place: str, given: set[str], fields: dict[str, InputField]) -> list[Problem]:
    found = [(f"{place}.{name}", "is not an input field of the card") for name in sorted(given - set(fields))]
    found += [
        (f"{place}.{name}", "is required and missing")
        for name, field in fields.items()
        if field.use == "required" and name not in given
    ]
    return found


def _check_problems(card: TaskCard) -> list[Problem]:
    found = [
        ("checks", f"no check {name!r}; there are: {', '.join(sorted(CHECKS))}")
        for name in card.checks
        if name not in CHECKS
    ]
    found += [
        ("checks", f"{name} is for output.kind {kind}, this card's is {card.output.kind}")
        for name, kind in _KIND_OF_CHECK.items()
        if name in card.checks and card.output.kind != kind
    ]
    if len(set(card.checks)) < len(card.checks):
        found.append(("checks", "the same check stands twice"))
    given = {field for field in _CHECK_OF_FIELD if getattr(card.output, field)}
    found += [
        (f"output.{field}", f"nothing holds answers to it; add {_CHECK_OF_FIELD[field]} to the checks")
        for field in sorted(given)
        if _CHECK_OF_FIELD[field] not in card.checks
    ]
    for name in sorted(set(_CHECK_OF_FIELD.values()) & set(card.checks)):
        if not any(check == name for field, check in _CHECK_OF_FIELD.items() if field in given):
            fields = " or ".join(field for field, check in _CHECK_OF_FIELD.items() if check == name)
            found.append(("checks", f"{name} needs output.{fields}"))
    return found


def _label_problems(card: TaskCard) -> list[Problem]:
    """Labels that a reader of answers could not tell apart: one folded wording for two of them."""
    owner: dict[str, str] = {}
    found = []
    for label, wording in card.output.labels.items():
        for word in dict.fromkeys([label, *wording.all_words()]):
            folded = bare(word)
            if not folded:
                found.append((f"output.labels.{label}", f"{word!r} has no letters"))
            elif owner.setdefault(folded, label) != label:
                found.append((f"output.labels.{label}", f"{word!r} also means {owner[folded]}"))
    return found


def _rubric_problems(card: TaskCard) -> list[Problem]:
    known = general_rubric()
    return [
        ("rubric.general", f"no general dimension {name!r}; there are: {', '.join(known)}")
        for name in card.rubric.general
        if name not in known
    ]
