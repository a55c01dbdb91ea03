"""What the card's checks and the fact strip say of a text. Plain functions: callers run them beside their event loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from caibian.api.tasks import Checked, CheckVerdict, Fact
from caibian.errors import ConfigError
from caibian.grounding import KINDS, Kind, Source, StripFact, fact_strip
from caibian.storage.refusals import Invalid, TooMany
from caibian.tasks import CHECKS, CheckContext, TaskCard, instruction, render_input, size
from caibian.text import changes, language_of

_PATIENCE = 10.0  # seconds for the facts of one text; a long article takes one or two
_AT_ONCE = 2  # texts that people have checked by themselves, of one process: each uses a core
_WAIT = 5.0  # seconds for one of them to end
_turns = threading.BoundedSemaphore(_AT_ONCE)
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
    found_facts = fact_strip(text, ready, language, published_at, kinds, patience=_PATIENCE)
    return [_fact(one) for one in found_facts]


@contextmanager
def turn() -> Iterator[None]:
    """One of the few texts that are checked at a time, so that those who check much do not hold up all others.

    Raises:
        TooMany: none of them ended in time.
    """
    if not _turns.acquire(timeout=_WAIT):
        raise TooMany("other texts are being checked; try again in a moment", round(_WAIT))
    try:
        yield
    finally:
        _turns.release()


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
