"""What can be wrong with an answer, as names in the order in which one is the cause of the next."""

from __future__ import annotations

from dataclasses import dataclass

CAUSES = (
    "missing",  # no answer: an error, a timeout
    "empty",
    "refusal",
    "copied_instruction",
    "leaked_turn",  # it goes on with the prompt's own form: another example, another speaker
    "copied_input",
    "loop",
    "cut",  # at the token limit
    "wrong_language",
    "code_switching",
    "invalid_json",
    "schema",
    "two_labels",
    "off_list_label",
    "no_label",  # prose in which no label stands
    "lead_in",
    "markdown",
    "extra_lines",
    "form",  # sections, patterns, lines that the card asks for
    "too_long",
    "too_short",
    "wrong_label",
    "unsupported_number",
    "unsupported_date",
    "unsupported_name",
    "unsupported_quote",
)
"""The first of an answer's causes in this order is its primary one: a loop explains the length, not the reverse."""

_RANK = {cause: rank for rank, cause in enumerate(CAUSES)}


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong with one answer."""

    cause: str  # one of CAUSES
    detail: str = ""  # for people to read
    key: str = ""  # what like errors share: the folded label, the JSON path, the pair of labels
    marks: tuple[str, ...] = ()  # the words of the answer in which it shows


def in_order(found: list[Found]) -> list[Found]:
    """The findings, the primary cause first."""
    return sorted(found, key=lambda one: _RANK[one.cause])
