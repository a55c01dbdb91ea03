"""The automatic checks that cards name: each a small function from an answer and its context to a verdict.

A new check is one function under `@_check("name")`; cards refer to it by that name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from caibian.records import Example
from caibian.tasks import phrases
from caibian.tasks.card import TaskCard, size
from caibian.tasks.labels import extract
from caibian.tasks.prompt import instruction, render_input, variants
from caibian.text import language_of

Span = tuple[int, int]  # offsets in the answer, in characters: [start, end)

_COPIED_SHARE = 0.6  # of an instruction, in one run: less may be chance (headlines say 新闻 too)
_COPIED_MIN_CHARS = 8


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The verdict of one check: what is wrong, for people to read, and where in the answer it stands."""

    passed: bool
    detail: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may look at besides the answer."""

    card: TaskCard
    language: str  # of the input
    source: str = ""  # the text that facts must stand in
    instruction: str = ""
    published_at: datetime | None = None  # resolves 昨天 and dates without a year

    @property
    def answer_language(self) -> str:
        """The language that the answer must be in."""
        wanted = self.card.output.language
        return self.language if wanted == "same" else wanted


Check = Callable[[str, CheckContext], CheckResult]
CHECKS: dict[str, Check] = {}
_PASSED = CheckResult(True)


def _check(name: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


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


@_check("not_empty")
def _not_empty(answer: str, context: CheckContext) -> CheckResult:
    return _PASSED if any(c.isalnum() for c in answer) else CheckResult(False, "the answer says nothing")


@_check("length")
def _length(answer: str, context: CheckContext) -> CheckResult:
    """Characters, in Chinese without spaces, within the card's limits for the language."""
    language = context.answer_language
    count = size(answer, language)
    least, most = context.card.output.limits(language)
    if most is not None and count > most:
        return CheckResult(False, f"{count} characters, at most {most}")
    if least is not None and count < least:
        return CheckResult(False, f"{count} characters, at least {least}")
    return _PASSED


@_check("single_line")
def _single_line(answer: str, context: CheckContext) -> CheckResult:
    lines = [line for line in answer.strip().splitlines() if line.strip()]
    most = context.card.output.lines or 1
    return _PASSED if len(lines) <= most else CheckResult(False, f"{len(lines)} lines, at most {most}")


@_check("language")
def _language(answer: str, context: CheckContext) -> CheckResult:
    found = language_of(answer)
    if found == context.answer_language:
        return _PASSED
    return CheckResult(False, f"in {found}, asked for {context.answer_language}")


def _in_source(kind: Literal["number", "date", "name", "quote"]) -> Check:
    """A check that every fact of one kind in the answer is borne out by the source."""

    def check(answer: str, context: CheckContext) -> CheckResult:
        from caibian.grounding import unsupported

        found = unsupported(
            answer, context.source, context.answer_language, kinds=(kind,), published_at=context.published_at
        )
        if not found:
            return _PASSED
        listed = ", ".join(dict.fromkeys(mention.text for mention in found))
        return CheckResult(
            False, f"not in the source: {listed}", tuple((mention.start, mention.end) for mention in found)
        )

    return check


CHECKS["numbers_in_source"] = _in_source("number")
CHECKS["dates_in_source"] = _in_source("date")
CHECKS["names_in_source"] = _in_source("name")
CHECKS["quotes_in_source"] = _in_source("quote")


@_check("no_clickbait")
def _no_clickbait(answer: str, context: CheckContext) -> CheckResult:
    spans = tuple(match.span() for match in phrases.CLICKBAIT.finditer(answer))
    listed = ", ".join(answer[start:end] for start, end in spans)
    return CheckResult(False, f"bait: {listed}", spans) if spans else _PASSED


@_check("no_lead_ins")
def _no_lead_ins(answer: str, context: CheckContext) -> CheckResult:
    """No chatter of an assistant, no name of the field, no Markdown: the answer goes into print as it is."""
    for pattern in (phrases.LEAD_IN, phrases.CHATTER_AFTER, phrases.MARKDOWN):
        if match := pattern.search(answer):
            return CheckResult(False, f"not part of the text: {match.group().strip()}", (match.span(),))
    return _PASSED


@_check("not_copied_prompt")
def _not_copied_prompt(answer: str, context: CheckContext) -> CheckResult:
    """No instruction, or most of one, stands in the answer."""
    from caibian.similarity import longest_common_substring_ratio

    card, language = context.card, context.language
    asked = {context.instruction, *(instruction(card, language, k) for k in range(variants(card, language)))}
    for text in sorted(asked):
        if len(text) >= _COPIED_MIN_CHARS and longest_common_substring_ratio(text, answer) >= _COPIED_SHARE:
            return CheckResult(False, f"repeats the instruction: {text}")
    return _PASSED


@_check("label_valid")
def _label_valid(answer: str, context: CheckContext) -> CheckResult:
    if extract(context.card, answer, context.language) is not None:
        return _PASSED
    return CheckResult(False, f"names none, or more than one, of: {', '.join(context.card.output.labels)}")


@_check("json_valid")
def _json_valid(answer: str, context: CheckContext) -> CheckResult:
    import json

    from caibian.tasks.schema import violations

    try:
        value = json.loads(answer)
    except ValueError as error:
        return CheckResult(False, f"not a JSON document: {error}")
    found = violations(value, context.card.output.json_schema or {})
    return CheckResult(False, "; ".join(found)) if found else _PASSED
