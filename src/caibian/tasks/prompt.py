"""What the model is told: one place renders it for training, evaluation, the editor's form and the judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from caibian.errors import ConfigError
from caibian.tasks.card import TaskCard

_LIST_SEPARATOR = {"zh": "、", "en": ", ", "ar": "، ", "hi": ", "}
_COLON = {"zh": "：", "en": ": ", "ar": ": ", "hi": ": "}


def variants(card: TaskCard, language: str) -> int:
    """How many wordings of the instruction the card has in a language."""
    return len(card.instructions.get(language, []))  # type: ignore[call-overload]


def instruction(card: TaskCard, language: str, variant: int = 0, labels: Sequence[str] = ()) -> str:
    """One wording of the card's instruction, limits and labels filled in.

    Args:
        labels: ids of the labels to offer, where a dataset knows fewer than the card; all by default.

    Raises:
        ConfigError: the card has no instructions in this language, or not so many.
    """
    texts: list[str] = card.instructions.get(language, [])  # type: ignore[call-overload]
    if not 0 <= variant < len(texts):
        raise ConfigError(
            f"card {card.id}: instructions.{language}: no variant {variant}, has {len(texts)}; "
            f"add one to the card or choose one of: {', '.join(card.instructions)}"
        )
    return filled(card, texts[variant], language, labels)


def filled(card: TaskCard, text: str, language: str, labels: Sequence[str] = ()) -> str:
    """A wording with its placeholders (`card.PLACEHOLDERS`) replaced by the card's limits and labels."""
    answer_language = language if card.output.language == "same" else card.output.language
    least, most = card.output.limits(answer_language)
    values: dict[str, object] = {
        "max_chars": most,
        "min_chars": least,
        "labels": _LIST_SEPARATOR[answer_language].join(
            label_wording(card, label, answer_language) for label in labels or card.output.labels
        ),
    }
    return text.format(**values)


def label_wording(card: TaskCard, label: str, language: str) -> str:
    """The wording to answer with for a label's canonical id.

    Raises:
        ConfigError: the card lacks the label, or its wording in this language.
    """
    wording = card.output.labels.get(label)
    words = wording.words(language) if wording else []
    if not words:
        raise ConfigError(
            f"card {card.id}: output.labels: no wording of {label!r} in {language!r}; "
            f"the card has: {', '.join(card.output.labels)}"
        )
    return words[0]


def render_input(card: TaskCard, values: Mapping[str, str], language: str) -> str:
    """The input as the model sees it: one field stands bare, several each under its name (`标题：…`).

    Fields follow the card's order; empty optional ones are left out.

    Raises:
        ConfigError: a required field is missing or empty, or a field is unknown to the card.
    """
    unknown = sorted(set(values) - set(card.input))
    if unknown:
        raise ConfigError(f"card {card.id}: no input field {unknown[0]!r}; it has: {', '.join(card.input)}")
    given: list[tuple[str, str]] = []
    for name, field in card.input.items():
        if text := values.get(name, "").strip():
            given.append((name, text))
        elif field.use == "required":
            raise ConfigError(f"card {card.id}: the input field {name!r} is required and empty")
    if len(given) == 1:
        return given[0][1]
    return "\n".join(field_prefix(card, name, language) + text for name, text in given)


def field_prefix(card: TaskCard, name: str, language: str) -> str:
    """What stands before a field's text where an input has several: `标题：`."""
    pair = card.input[name].name
    return (pair.zh if language == "zh" else pair.en) + _COLON.get(language, ": ")
