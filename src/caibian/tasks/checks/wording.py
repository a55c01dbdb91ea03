"""Checks of wording: bait, chatter, views where none are wanted, loops, claims that the law forbids."""

from __future__ import annotations

import re

from caibian.masking import PersonalKind, find_personal
from caibian.tasks.checks import phrases
from caibian.tasks.checks.context import PASSED, CheckContext, CheckResult, check, refused
from caibian.tasks.prompt import instruction, variants
from caibian.text import sentence_spans

_COPIED_SHARE = 0.6  # of an instruction, in one run: less may be chance (headlines say 新闻 too)
_COPIED_MIN_CHARS = 8
_ADDED_CHARS = 2  # by which an answer that takes a question up must be longer: less is the question once more
_OWN_WORDS_SHARE = 0.5  # of the answer, in one run out of the source
_REPEATED_CHARS = 8  # folded characters of a sentence that may not stand twice; shorter ones may be a refrain
# Plates, addresses and telephones of offices stand in many a story with good reason.
_NOT_FOR_PRINT: tuple[PersonalKind, ...] = (
    "resident_id",
    "mobile",
    "bank_card",
    "passport",
    "email",
    "ssn",
    "iban",
)
_LOOP = re.compile(r"(?!\d+)(.{2,40}?)\1{3,}", re.DOTALL)


@check("no_clickbait")
def _no_clickbait(answer: str, context: CheckContext) -> CheckResult:
    return _none_of(phrases.CLICKBAIT, answer, "bait")


@check("no_lead_ins")
def _no_lead_ins(answer: str, context: CheckContext) -> CheckResult:
    """No chatter of an assistant and no name of the field: the answer goes into print as it is."""
    if context.card.output.kind == "json" and answer.lstrip()[:1] in ("{", "["):
        return PASSED  # its first key may be called a title or a summary
    for pattern in (phrases.LEAD_IN, phrases.CHATTER_AFTER):
        if match := pattern.search(answer):
            return refused(f"not part of the text: {match.group().strip()}", match.span())
    return PASSED


@check("no_markdown")
def _no_markdown(answer: str, context: CheckContext) -> CheckResult:
    """No marks of Markdown and no numbered list: running text."""
    return _none_of(phrases.MARKDOWN, answer, "not part of the text")


@check("not_copied_prompt")
def _not_copied_prompt(answer: str, context: CheckContext) -> CheckResult:
    """No instruction, or most of one, stands in the answer.

    Where a card answers questions, the question stands as the instruction and may be taken up (`…的营业时间是几点？`,
    `…的营业时间是九点到五点`), if the answer goes on from there.
    """
    from caibian.similarity import longest_common_substring_ratio

    card, language = context.card, context.language
    wordings = {instruction(card, language, k) for k in range(variants(card, language))}
    for text in sorted({context.instruction, *wordings}):
        if len(text) < _COPIED_MIN_CHARS or longest_common_substring_ratio(text, answer) < _COPIED_SHARE:
            continue
        a_question = "question" in card.input and text not in wordings
        if not a_question or len(answer.strip()) < len(text) + _ADDED_CHARS:
            return refused(f"repeats the instruction: {text}")
    return PASSED


@check("no_added_views")
def _no_added_views(answer: str, context: CheckContext) -> CheckResult:
    """No word of judgement or feeling that the source does not say as well."""
    spans = [
        m.span() for m in phrases.VIEW.finditer(answer) if m.group().lower() not in context.source.lower()
    ]
    listed = ", ".join(dict.fromkeys(answer[start:end] for start, end in spans))
    return refused(f"a view that the source does not hold: {listed}", *spans) if spans else PASSED


@check("has_view")
def _has_view(answer: str, context: CheckContext) -> CheckResult:
    """At least one word of judgement: a comment that only retells is none."""
    return PASSED if phrases.JUDGEMENT.search(answer) else refused("it retells and takes no view")


@check("no_repeats")
def _no_repeats(answer: str, context: CheckContext) -> CheckResult:
    """No sentence stands twice, and no phrase runs in a loop."""
    from caibian.similarity import fold

    if (loop := _LOOP.search(answer)) and fold(loop.group(1)):
        return refused(f"runs in a loop: {loop.group(1).strip()}", loop.span())
    seen: set[str] = set()
    for start, end in sentence_spans(answer):
        words = fold(answer[start:end])
        if len(words) >= _REPEATED_CHARS and words in seen:
            return refused(f"stands twice: {answer[start:end].strip()}", (start, end))
        seen.add(words)
    return PASSED


@check("own_words")
def _own_words(answer: str, context: CheckContext) -> CheckResult:
    """Not half of the answer is one run copied out of the source."""
    from caibian.similarity import longest_common_substring, longest_common_substring_ratio

    share = longest_common_substring_ratio(answer, context.source)
    if share <= _OWN_WORDS_SHARE:
        return PASSED
    return refused(f"{share:.0%} is copied in one run: {longest_common_substring(answer, context.source)}")


@check("no_absolute_claims")
def _no_absolute_claims(answer: str, context: CheckContext) -> CheckResult:
    """No superlative or guarantee that advertising law forbids (Advertising Law of the PRC, arts. 9, 16, 25, 28)."""
    return _none_of(phrases.ABSOLUTE_CLAIM, answer, "a claim that may not be advertised")


@check("no_personal_data")
def _no_personal_data(answer: str, context: CheckContext) -> CheckResult:
    """No number of an identity card, mobile phone, bank card or passport, and no e-mail address, unless masked."""
    found = find_personal(answer, _NOT_FOR_PRINT)
    listed = ", ".join(dict.fromkeys(one.text for one in found))
    return refused(f"personal data: {listed}", *((one.start, one.end) for one in found)) if found else PASSED


def _none_of(pattern: re.Pattern[str], answer: str, what: str) -> CheckResult:
    spans = [match.span() for match in pattern.finditer(answer)]
    listed = ", ".join(dict.fromkeys(answer[start:end].strip() for start, end in spans))
    return refused(f"{what}: {listed}", *spans) if spans else PASSED
