"""Answers that do not have the form their card asks for: JSON, lead-ins, Markdown, lines, lengths."""

from __future__ import annotations

import json
import re

from caibian.evaluation.errors.causes import Found
from caibian.records import Example
from caibian.tasks import CheckContext, CheckResult, TaskCard, size
from caibian.tasks.checks import CHECKS
from caibian.tasks.checks.phrases import CHATTER_AFTER, LEAD_IN, MARKDOWN
from caibian.tasks.schema import violations

_FENCED = re.compile(r"```(?:json|JSON)?\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
_NUMBERED = re.compile(r"\[\d+\]")
_FORM_CHECKS = ("sections", "format", "line_length", "share_of_source", "script")
_LABEL_LINES = 1


def json_errors(card: TaskCard, answer: str) -> list[Found]:
    """Why an answer is no JSON document of the card's schema: what is around it, or where it breaks, path by path."""
    schema = card.output.json_schema or {}
    try:
        value = json.loads(answer)
    except ValueError as error:
        return [_no_json(answer, error)]
    found: dict[str, Found] = {}
    for sentence in violations(value, schema):
        path, _, what = sentence.partition(": ")
        key = f"{_NUMBERED.sub('[]', path)}: {_NUMBERED.sub('', re.sub(r'has [0-9]+', 'has …', what))}"
        found.setdefault(key, Found("schema", sentence, key=key))
    return list(found.values())


def _no_json(answer: str, error: ValueError) -> Found:
    """An answer that does not parse, by what would help."""
    if (fence := _FENCED.search(answer)) and _parses(fence.group(1)):
        return Found("invalid_json", "a JSON document inside a Markdown fence", key="fenced", marks=("```",))
    start, end = answer.find("{"), answer.rfind("}")
    if 0 <= start < end and _parses(answer[start : end + 1]):
        return Found("invalid_json", "a JSON document with prose around it", key="prose around it")
    if start < 0 and "[" not in answer:
        return Found("invalid_json", "no JSON document", key="no document")
    place = getattr(error, "pos", 0)
    if place >= len(answer.rstrip()) - 1 or str(error).startswith("Unterminated"):
        return Found("invalid_json", "a JSON document that breaks off", key="breaks off")
    return Found("invalid_json", str(error), key=getattr(error, "msg", "not JSON"))


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def wrapping(card: TaskCard | None, answer: str) -> list[Found]:
    """Chatter around the text, marks of Markdown, and more lines than the card allows."""
    if card is not None and card.output.kind == "json":
        return []
    found = []
    for pattern in (LEAD_IN, CHATTER_AFTER):
        if match := pattern.search(answer):
            words = match.group().strip()
            found.append(Found("lead_in", words, key=words.casefold(), marks=(words,)))
            break
    plain = card is None or card.output.kind == "label" or "no_markdown" in card.checks
    if plain and (match := MARKDOWN.search(answer)):
        words = match.group().strip()
        found.append(Found("markdown", words, key=words, marks=(words,)))
    most = _LABEL_LINES if card is not None and card.output.kind == "label" else card and card.output.lines
    lines = sum(bool(line.strip()) for line in answer.splitlines())
    if most and lines > most:
        found.append(Found("extra_lines", f"{lines} lines, at most {most}"))
    return found


def form_errors(card: TaskCard, answer: str, example: Example) -> list[Found]:
    """What the card's own checks of form find: headings, patterns, length of lines, share of the source."""
    context = _context(card, example)
    found = []
    lines = sum(bool(line.strip()) for line in answer.splitlines())
    if card.output.min_lines and lines < card.output.min_lines:
        found.append(Found("form", f"lines: {lines}, at least {card.output.min_lines}", key="lines"))
    for name in _FORM_CHECKS:
        if name in card.checks and name in CHECKS:
            result: CheckResult = CHECKS[name](answer, context)
            if not result.passed:
                found.append(Found("form", f"{name}: {result.detail}", key=name))
    return found


def length_errors(card: TaskCard, answer: str, language: str) -> list[Found]:
    """Whether a text is longer or shorter than its card allows."""
    least, most = card.output.limits(language)
    own = size(answer, language)
    if most is not None and own > most:
        return [Found("too_long", f"{own} characters, at most {most}")]
    if least is not None and own < least:
        return [Found("too_short", f"{own} characters, at least {least}")]
    return []


def _context(card: TaskCard, example: Example) -> CheckContext:
    return CheckContext(
        card=card,
        language=example.language,
        source=example.source_text or example.input,
        instruction=example.instruction,
    )
