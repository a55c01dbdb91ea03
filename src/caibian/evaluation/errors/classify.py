"""One answer to one example: everything that is wrong with it, the primary cause first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caibian.errors import ConfigError
from caibian.evaluation.errors import copying, facts, form, labels, language
from caibian.evaluation.errors.causes import Found, in_order
from caibian.evaluation.errors.loops import find_loop
from caibian.evaluation.errors.refusals import find_refusal
from caibian.records import Answer, Example
from caibian.tasks import TaskCard, card, extract
from caibian.text import language_of

# What went wrong before there was an answer, by words of the reason.
_REASONS = {
    "timeout": re.compile(r"time[d ]?-?\s?out|deadline|超时", re.IGNORECASE),
    "too long for the model": re.compile(r"context|too long|maximum.{0,20}tokens|longer than", re.IGNORECASE),
    "refused by the server": re.compile(
        r"\b(?:4\d\d|rate.?limit|unauthori|forbidden|quota|content.?filter)\b", re.IGNORECASE
    ),
    "server failed": re.compile(r"\b5\d\d\b|connect|unreachable|went silent|reset|refused", re.IGNORECASE),
}
_KEPT_CHARACTERS = 200


def known_card(example: Example) -> TaskCard | None:
    """The example's card, with the labels that its instruction offers; None where it is none of those packaged."""
    try:
        known = card(example.card.partition("@")[0])
    except ConfigError:
        return None
    offered = [label for label in example.labels if label in known.output.labels]
    return known.narrowed(offered, example.dataset) if len(offered) > 1 else known


def classify(
    example: Example, answer: Answer | None, *, shots: Sequence[str] = (), of: TaskCard | None = None
) -> list[Found]:
    """What is wrong with an answer, the primary cause first; nothing where nothing was found.

    Args:
        shots: texts of worked examples that the prompt held, which the answer must not recite.
        of: the card, where the caller has it; otherwise that of the example.
    """
    if answer is None or answer.finish_reason == "error":
        return [_missing(answer)]
    text = answer.text.strip()
    if not text:
        return [Found("empty", "nothing but spaces" if answer.text else "")]
    known = of or known_card(example)
    found = _of_any_answer(example, answer, text, known, shots)
    if known is not None:
        found += _of_its_card(example, text, known, {one.cause for one in found})
    return in_order(found)


def _missing(answer: Answer | None) -> Found:
    if answer is None:
        return Found("missing", "never asked, or its answer was not kept", key="no answer")
    reason = (answer.error or "no reason given")[:_KEPT_CHARACTERS]
    key = next((name for name, pattern in _REASONS.items() if pattern.search(reason)), "other error")
    return Found("missing", reason, key=key)


def _of_any_answer(
    example: Example, answer: Answer, text: str, known: TaskCard | None, shots: Sequence[str]
) -> list[Found]:
    """What needs no card: refusals, copies, loops, languages, chatter."""
    found = []
    given = f"{example.prompt}\n{example.source_text or ''}"
    if refusal := find_refusal(text):
        found.append(Found("refusal", refusal.words, key=refusal.kind, marks=(refusal.words,)))
    if run := copying.copied_instruction(text, example.instruction, known, example.language):
        found.append(Found("copied_instruction", run))
    if words := copying.leaked_turn(text, shots):
        found.append(Found("leaked_turn", words, key=words.casefold(), marks=(words,)))
    if run := copying.copied_input(text, example.source_text or example.input, known):
        found.append(Found("copied_input", run))
    if unit := find_loop(text):
        found.append(Found("loop", unit, marks=(unit,)))
    if answer.finish_reason == "length":
        found.append(
            Found("cut", f"after {answer.completion_tokens} tokens" if answer.completion_tokens else "")
        )
    found += _language(example, copying.without_turns(text).strip(), given, known)
    return found + ([] if refusal else form.wrapping(known, text))


def _language(example: Example, text: str, given: str, known: TaskCard | None) -> list[Found]:
    kind = known.output.kind if known is not None else "text"
    if kind == "json":
        return []  # its keys are in English whatever it says
    wanted = wanted_language(example, known)
    if kind == "label" and text.casefold() in example.instruction.casefold():
        return []  # as the instruction offers it
    if said := language.wrong_language(
        text, wanted, given if kind == "text" and wanted == example.language else ""
    ):
        return [Found("wrong_language", f"{said}, asked for {wanted}", key=f"{wanted}→{said}")]
    if words := language.code_switching(text, wanted, given):
        marks = tuple(dict.fromkeys(words))
        return [Found("code_switching", ", ".join(marks), key=", ".join(marks).casefold(), marks=marks)]
    return []


def wanted_language(example: Example, known: TaskCard | None) -> str:
    """The language that the answer must be in: the card's; of a label, that in which the published one is written."""
    if known is not None and known.output.kind == "label":
        written = language_of(example.output)
        return written if written in ("zh", "en", "ar", "hi") else example.language
    wanted = known.output.language if known is not None else "same"
    return example.language if wanted == "same" else wanted


def _of_its_card(example: Example, text: str, known: TaskCard, before: set[str]) -> list[Found]:
    """What breaks the card: its labels, its schema, its form, its lengths, its facts."""
    if known.output.kind == "label":
        if before & {"refusal"}:
            return []
        gold = extract(known, example.output, example.language)
        found = labels.label_errors(known, text, example.language, gold)
        if "copied_input" in before:  # a piece of the text is not meant as a label
            found = [labels.NO_LABEL if one.cause == "off_list_label" else one for one in found]
        return found
    if known.output.kind == "json":
        return [] if "refusal" in before else form.json_errors(known, text)
    if "refusal" in before:
        return []
    found = form.form_errors(known, text, example)
    wanted = wanted_language(example, known)
    if "wrong_language" not in before:  # limits are those of a language
        found += form.length_errors(known, text, wanted)
        if "copied_instruction" not in before:
            found += facts.fact_errors(known, text, example, wanted)
    return found
