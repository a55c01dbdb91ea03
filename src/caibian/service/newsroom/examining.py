"""What the card's checks and the fact strip say of a text. Plain functions: callers run them beside their event loop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from caibian.api.tasks import Checked, CheckVerdict, Fact
from caibian.errors import ConfigError
from caibian.grounding import KINDS, Kind, Source, StripFact, fact_strip
from caibian.storage.refusals import Invalid
from caibian.tasks import CHECKS, CheckContext, TaskCard, instruction, render_input, size
from caibian.text import changes, language_of

_LANGUAGES = ("zh", "en", "ar", "hi")
_KINDS_IN_JSON: tuple[Kind, ...] = ("number", "date", "name")  # its quotation marks are no quotations


def source_of(card: TaskCard, values: Mapping[str, str], language: str) -> str:
    """The text that facts are looked for in: the input as the card renders it.

    Raises:
        Invalid: the input does not fit the card.
    """
    try:
        return render_input(card, values, language)
    except ConfigError as error:
        raise Invalid(f"input: {error}") from error


def examine(
    card: TaskCard,
    text: str,
    source: str,
    language: str,
    published_at: datetime | None = None,
    variant: int = 0,
) -> Checked:
    """A text as an answer to a card, with limits, checks and facts."""
    context = CheckContext(card, language, source, instruction(card, language, variant), published_at)
    least, most = card.output.limits(context.answer_language)
    verdicts = []
    for name in card.checks:
        result = CHECKS[name](text, context)
        verdicts.append(
            CheckVerdict(name=name, passed=result.passed, detail=result.detail, spans=list(result.spans))
        )
    kinds = {"text": KINDS, "json": _KINDS_IN_JSON, "label": ()}[card.output.kind]
    return Checked(
        chars=size(text, context.answer_language),
        least=least,
        most=most,
        source=source,
        checks=verdicts,
        facts=facts(text, source, context.answer_language, published_at, kinds),
    )


def facts(
    text: str,
    source: str,
    language: str,
    published_at: datetime | None = None,
    kinds: tuple[Kind, ...] = KINDS,
) -> list[Fact]:
    """What a source says to every number, date, name and quotation of a text in `language`."""
    if not kinds or not source.strip():
        return []
    found = language_of(source)
    ready = Source.of(source, found if found in _LANGUAGES else language, published_at)
    return [_fact(one) for one in fact_strip(text, ready, language, published_at, kinds)]


def warm() -> None:
    """Load the word lists that the first answer would wait for, a second on a quiet machine."""
    facts("馆长周敏3日说。", "周敏是馆长。", "zh")
    changes("馆长说。", "馆长周敏说。")


def _fact(one: StripFact) -> Fact:
    mention = one.mention
    return Fact(
        start=mention.start,
        end=mention.end,
        text=mention.text,
        kind=mention.kind,
        status=one.status,
        how=one.how,
        source_start=one.source_start,
        source_end=one.source_end,
        source_text=one.source_text,
    )
