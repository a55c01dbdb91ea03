"""Checks of form: what the card's output specification says of length, lines, headings, labels and JSON."""

from __future__ import annotations

import json
import re

from caibian.tasks.card import size
from caibian.tasks.checks.context import PASSED, CheckContext, CheckResult, check, refused
from caibian.tasks.labels import extract
from caibian.text import language_of, to_simplified, to_traditional

# Traditional as they stand, in one sense of theirs or in the writing of Taiwan or Hong Kong, though a converter
# would change them: 群衆, 峰, 床, 台灣, 范 as a surname.
_BOTH_SCRIPTS = frozenset(
    "群峰床台痴灶税范丑谷后里干只面系云几斗舍松卜冬曲咸余朱沈吁志游布占周郁别岳升征制千克表极于了尽"
)
_HEADING_MARKS = r"[\s#*【\[（(<《]*(?:[一二三四五六七八九十\d]+\s*[、.．)）]\s*)?"


@check("not_empty")
def _not_empty(answer: str, context: CheckContext) -> CheckResult:
    return PASSED if any(c.isalnum() for c in answer) else refused("the answer says nothing")


@check("length")
def _length(answer: str, context: CheckContext) -> CheckResult:
    """Characters, in Chinese without spaces, within the card's limits for the language."""
    language = context.answer_language
    count = size(answer, language)
    least, most = context.card.output.limits(language)
    if most is not None and count > most:
        return refused(f"{count} characters, at most {most}")
    if least is not None and count < least:
        return refused(f"{count} characters, at least {least}")
    return PASSED


@check("lines")
def _lines(answer: str, context: CheckContext) -> CheckResult:
    """As many lines as the card says; empty ones do not count."""
    count = len(_filled_lines(answer))
    least, most = context.card.output.min_lines or 0, context.card.output.lines
    if most is not None and count > most:
        return refused(f"{count} lines, at most {most}")
    return PASSED if count >= least else refused(f"{count} lines, at least {least}")


@check("line_length")
def _line_length(answer: str, context: CheckContext) -> CheckResult:
    """No line is longer than the card says for the language."""
    language = context.answer_language
    limits = {str(name): limit for name, limit in (context.card.output.line_chars or {}).items()}
    most = limits.get(language)
    for line in _filled_lines(answer):
        if most is not None and size(line, language) > most:
            return refused(f"a line of {size(line, language)} characters, at most {most}: {line.strip()}")
    return PASSED


@check("sections")
def _sections(answer: str, context: CheckContext) -> CheckResult:
    """Every heading of the card opens a line, in the card's order, and something follows it."""
    headings = context.card.output.sections
    wanted = [] if headings is None else headings.zh if context.answer_language == "zh" else headings.en
    at = 0
    found: list[tuple[str, int, int]] = []
    for heading in wanted:
        match = re.compile(rf"^{_HEADING_MARKS}{re.escape(heading)}", re.MULTILINE | re.IGNORECASE).search(
            answer, at
        )
        if match is None:
            return refused(f"no line opens with the heading {heading}, or not in this order")
        found.append((heading, match.start(), match.end()))
        at = match.end()
    ends = [start for _, start, _ in found[1:]] + [len(answer)]
    for (heading, _, end), until in zip(found, ends, strict=True):
        if not any(c.isalnum() for c in answer[end:until]):
            return refused(f"nothing stands under the heading {heading}")
    return PASSED


@check("format")
def _format(answer: str, context: CheckContext) -> CheckResult:
    """The patterns of the card's `output.format` are found, or not found where they must be absent."""
    chinese = context.answer_language == "zh"
    for form in context.card.output.format:
        pattern = form.pattern.zh if chinese else form.pattern.en
        spans = [match.span() for match in re.finditer(pattern, answer, re.MULTILINE)]
        if form.absent and spans:
            return refused(f"asked for: {form.asks.en}", *spans)
        if not form.absent and len(spans) < form.times:
            return refused(f"asked for: {form.asks.en}")
    return PASSED


@check("share_of_source")
def _share_of_source(answer: str, context: CheckContext) -> CheckResult:
    """The answer's length stands in the proportion to the source's that the card says."""
    share = context.card.output.share_of_source
    length = size(context.source, context.language)
    if share is None or not length:
        return PASSED
    own = size(answer, context.answer_language) / length
    if share.max is not None and own > share.max:
        return refused(f"{own:.0%} of the source's length, at most {share.max:.0%}")
    if share.min is not None and own < share.min:
        return refused(f"{own:.0%} of the source's length, at least {share.min:.0%}")
    return PASSED


@check("language")
def _language(answer: str, context: CheckContext) -> CheckResult:
    if context.card.output.kind == "json":
        answer = _values(answer)  # its keys are in English whatever it says
    found = language_of(answer)
    return (
        PASSED
        if found == context.answer_language
        else refused(f"in {found}, asked for {context.answer_language}")
    )


@check("script")
def _script(answer: str, context: CheckContext) -> CheckResult:
    """All Chinese characters are of the script that the card asks for."""
    traditional = context.card.output.script == "traditional"
    convert = to_traditional if traditional else to_simplified
    both = _BOTH_SCRIPTS if traditional else frozenset()
    wrong = [
        (i, i + 1)
        for i, (a, b) in enumerate(zip(answer, convert(answer), strict=False))
        if a != b and a not in both
    ]
    if not wrong or context.card.output.script is None:
        return PASSED
    listed = "".join(dict.fromkeys(answer[start:end] for start, end in wrong))
    return refused(f"not in {context.card.output.script} characters: {listed}", *wrong)


@check("label_valid")
def _label_valid(answer: str, context: CheckContext) -> CheckResult:
    if extract(context.card, answer, context.language) is not None:
        return PASSED
    return refused(f"names none, or more than one, of: {', '.join(context.card.output.labels)}")


@check("json_valid")
def _json_valid(answer: str, context: CheckContext) -> CheckResult:
    from caibian.tasks.schema import violations

    try:
        value = json.loads(answer)
    except ValueError as error:
        return refused(f"not a JSON document: {error}")
    found = violations(value, context.card.output.json_schema or {})
    return refused("; ".join(found)) if found else PASSED


def _values(document: str) -> str:
    """The strings of a JSON document that are no keys, a line each; the whole text where it is no JSON."""

    def strings(value: object) -> list[str]:
        if isinstance(value, dict):
            return [text for item in value.values() for text in strings(item)]
        if isinstance(value, list):
            return [text for item in value for text in strings(item)]
        return [value] if isinstance(value, str) else []

    try:
        return "\n".join(strings(json.loads(document)))
    except ValueError:
        return document


def _filled_lines(answer: str) -> list[str]:
    return [line for line in answer.strip().splitlines() if line.strip()]
