"""Checks of facts: what the answer says stands in its source, and what must not be lost is still there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from caibian.tasks.checks.context import CHECKS, PASSED, Check, CheckContext, CheckResult, check, refused
from caibian.text import language_of, to_simplified

_ONE_FORM = str.maketrans("著", "着")  # 隔著 and 隔着: a converter leaves the first as it is
_CLOSE = 0.6  # Jaccard similarity of character pairs: a proof-read text differs by far less


def _in_source(kind: Literal["number", "date", "name", "quote"]) -> Check:
    """A check that every fact of one kind in the answer is borne out by the source, in whatever language that is."""

    def facts_in_source(answer: str, context: CheckContext) -> CheckResult:
        from caibian.grounding import Source, unsupported

        source = Source.of(context.source, _language(context), context.published_at)
        found = unsupported(
            answer, source, context.answer_language, kinds=(kind,), published_at=context.published_at
        )
        if not found:
            return PASSED
        listed = ", ".join(dict.fromkeys(mention.text for mention in found))
        return refused(f"not in the source: {listed}", *((mention.start, mention.end) for mention in found))

    return facts_in_source


def _kept(kind: Literal["number", "name", "quote"]) -> Check:
    """A check that every fact of one kind in the source stands in the answer."""

    def facts_kept(answer: str, context: CheckContext) -> CheckResult:
        from caibian.grounding import Source, unsupported

        lost = unsupported(
            context.source,
            Source.of(answer, context.answer_language, context.published_at),
            _language(context),
            kinds=(kind,),
            published_at=context.published_at,
        )
        listed = ", ".join(dict.fromkeys(mention.text for mention in lost))
        return refused(f"lost from the source: {listed}") if lost else PASSED

    return facts_kept


CHECKS["numbers_in_source"] = _in_source("number")
CHECKS["dates_in_source"] = _in_source("date")
CHECKS["names_in_source"] = _in_source("name")
CHECKS["quotes_in_source"] = _in_source("quote")
CHECKS["numbers_kept"] = _kept("number")
CHECKS["names_kept"] = _kept("name")
CHECKS["quotes_kept"] = _kept("quote")


@check("lines_in_source")
def _lines_in_source(answer: str, context: CheckContext) -> CheckResult:
    """Every line stands in the source word for word, whatever marks and spaces divide it."""
    from caibian.similarity import fold

    source = fold(context.source)
    for line in answer.splitlines():
        if (words := fold(line)) and words not in source:
            return refused(f"not in the source as it stands: {line.strip()}")
    return PASSED


@check("values_in_source")
def _values_in_source(answer: str, context: CheckContext) -> CheckResult:
    """The strings of the JSON properties that the card lists as `verbatim` stand in the source word for word."""
    from caibian.similarity import fold

    try:
        value = json.loads(answer)
    except ValueError as error:
        return refused(f"not a JSON document: {error}")
    source = fold(context.source)
    for name, text in _strings(value, set(context.card.output.verbatim)):
        if (words := fold(text)) and words not in source:
            return refused(f"{name}: not in the source as it stands: {text}")
    return PASSED


@check("same_words")
def _same_words(answer: str, context: CheckContext) -> CheckResult:
    """Nothing but script, spaces and marks differs from the source: no word is lost, added or moved."""
    from caibian.similarity import fold

    own, source = (fold(to_simplified(text)).translate(_ONE_FORM) for text in (answer, context.source))
    if own == source:
        return PASSED
    at = next(
        (i for i, (a, b) in enumerate(zip(own, source, strict=False)) if a != b), min(len(own), len(source))
    )
    return refused(f"departs from the source at: {source[at : at + 12] or own[at : at + 12]}")


@check("close_to_source")
def _close_to_source(answer: str, context: CheckContext) -> CheckResult:
    """Mended, not rewritten: most pairs of characters are those of the source."""
    from caibian.similarity import jaccard

    share = jaccard(answer, context.source, 2)
    return PASSED if share >= _CLOSE else refused(f"only {share:.0%} like the source, at least {_CLOSE:.0%}")


def _language(context: CheckContext) -> str:
    """The language of the source, which for a translation is not the answer's."""
    found = language_of(context.source)
    return found if found in ("zh", "en", "ar", "hi") else context.language


def _strings(value: Any, names: set[str], name: str = "") -> Iterator[tuple[str, str]]:
    """(property, string) for every string under one of the named properties."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, names, key if key in names or not name else name)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, names, name)
    elif isinstance(value, str) and name in names:
        yield name, value
