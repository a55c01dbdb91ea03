"""Checks of matter: is the pair about its passage, and does the passage bear it out.

A check answers what is wrong, for people to read, or nothing.
"""

from __future__ import annotations

import re

from caibian.grounding import KINDS, Source, unsupported
from caibian.instructions.selfinstruct.checks import wording
from caibian.instructions.selfinstruct.checks.case import Case
from caibian.instructions.selfinstruct.checks.content import content_words, share
from caibian.instructions.selfinstruct.prompts import section_title
from caibian.similarity import fold, shingles
from caibian.text import sentence_spans

_ON_TOPIC = 0.34  # of the content words of a pair, those that the passage has too
_GROUNDED = 0.6  # the same of an answer …
_CLAUSE_GROUNDED = 0.5  # … and of each of its clauses: an invented one hides among true ones
_CLAUSE_WORDS = 3  # content words; a shorter clause has no share to speak of
_CLAUSE_END = re.compile(r"[，。；：！？\n]|(?<!\d)[,;:!?](?!\d)|\.\s")
_LISTED = 4  # things; fewer may be said twice for a reason
_LEAKED = (
    0.4  # of the shingles of an instruction or an answer, those of the example that are not the passage's
)
_QUOTE_CHARACTERS = {"zh": 4, "en": 8}  # of a folded quote; a shorter one stands anywhere
# Marks of a list count the answer's own parts, which no source need number.
_LIST_MARK = re.compile(
    r"第[一二三四五六七八九十]{1,2}(?=[步点条项是，,、：:])|(?:^|(?<=[\n。；;：:\s]))[（(]?\d{1,2}[.)）、．]\s*(?=\D)|[①-⑳]|"
    r"[两二三四五六七八九]个?(?:点|步骤|步|方面)(?!钟)|\b(?:first|second|third)(?:ly)?,|\b(?:two|three|four|five) (?:steps|points|ways)\b",
    re.IGNORECASE | re.MULTILINE,
)
# What ends as a question, or asks whether: 是否违反了联邦法律 does not say that it did.
_QUESTION = re.compile(
    r"[？?]$|[吗呢]$|^(?!.*(?:不论|无论|不管|取决于|决定|检查|判断|确认|核实|查看|询问)).*是否[^，。；]*$",
    re.DOTALL,
)
_HEADING_CHARACTERS = 40  # folded; a heading that long is a sentence
# Platforms that models like to bring in, and that no finder of names knows.
_PLATFORM = re.compile(
    "抖音|快手|小红书|视频号|公众号|微信|微博|哔哩哔哩|B站|知乎|今日头条|西瓜视频|淘宝|天猫|京东|拼多多|"
    r"\b(?:TikTok|YouTube|Instagram|Facebook|WeChat|Weibo|Twitter|LinkedIn|WhatsApp|Telegram|Substack)\b",
    re.IGNORECASE,
)


def few_shot_leakage(case: Case) -> str:
    """The worked example of the prompt comes back, in whole or in part."""
    shot = case.shot
    shown = "\n".join([shot.passage, *(f"{pair.instruction}\n{pair.answer}" for pair in shot.pairs)])
    example = shingles(shown) - shingles(case.context)
    for name, text in case.spoken:
        own = shingles(text)
        if own and len(own & example) >= _LEAKED * len(own):
            return f"{name}: {len(own & example) / len(own):.0%} out of the example"
    return ""


def off_topic(case: Case) -> str:
    """Too few of the words that name something stand in the passage."""
    own = content_words(f"{case.pair.instruction}\n{case.pair.answer}", case.language)
    found = share(own, case.context, case.language)
    return f"{found:.0%} of its words are the passage's" if found < _ON_TOPIC else ""


def quote_not_in_passage(case: Case) -> str:
    """The quote does not stand in the passage word for word; spaces, case and punctuation do not count."""
    quote = fold(case.pair.quote)
    if len(quote) < _QUOTE_CHARACTERS[case.language]:
        return f"too short to prove anything: {case.pair.quote}"
    return "" if quote in fold(case.passage.text) else f"not in the passage: {case.pair.quote[:80]}"


def answer_not_grounded(case: Case) -> str:
    """A number, date or name of the pair is not in the passage, or the answer is in words that are not the passage's."""
    source = Source.of(case.context, case.language)
    # A question may suppose a case (佣金45%, 晚上十点), in figures of its own; whom and what it names must be there.
    for (name, text), kinds in zip(case.spoken, (("name",), KINDS), strict=True):
        for mention in unsupported(_LIST_MARK.sub("", text), source, case.language, kinds=kinds):
            return f"{name}: {mention.kind} without evidence: {mention.text}"
        for platform in _PLATFORM.findall(text):
            if platform.lower() not in case.context.lower():
                return f"{name}: name without evidence: {platform}"
    own = content_words(case.pair.answer, case.language)
    if (found := share(own, case.context, case.language)) < _GROUNDED:
        return f"{found:.0%} of the answer's words are the passage's"
    for clause in _CLAUSE_END.split(case.pair.answer):
        words = content_words(clause, case.language)
        found = share(words, f"{case.context}\n{case.pair.instruction}", case.language)
        if len(words) >= _CLAUSE_WORDS and found < _CLAUSE_GROUNDED:
            return f"{found:.0%} of the words are the passage's in: {clause.strip()[:60]}"
        if twice := _listed_twice(clause):
            return f"listed twice: {twice}"
    if not share(own, f"{case.pair.quote}\n{case.pair.instruction}", case.language):
        return "the quote and the answer share no word"
    return _no_purpose(case) or _no_evidence(case)


def _no_purpose(case: Case) -> str:
    """A purpose is asked for, and neither the quotation's sentences nor their neighbours tell one: models put some other
    part of the sentence in its place."""
    if case.language != "zh" or not wording.PURPOSE_ASKED.search(case.pair.instruction):
        return ""
    told = wording.PURPOSE_TOLD.search(_surroundings(case.pair.quote, case.passage.text))
    return "" if told else "asks for a purpose; the passage tells none there"


def _surroundings(quote: str, text: str) -> str:
    """The sentences that a quotation touches, and one on either side; the quotation where it is not found by letter."""
    at = text.find(quote)
    if at < 0:
        return quote
    spans = sentence_spans(text)
    touched = [n for n, (start, end) in enumerate(spans) if start < at + len(quote) and end > at]
    if not touched:
        return quote
    return text[spans[max(0, touched[0] - 1)][0] : spans[min(len(spans) - 1, touched[-1] + 1)][1]]


def _asked(quote: str, text: str) -> bool:
    """Whether the passage asks what is quoted, wherever it stands there: 包含什么？"""
    places = [match.end() for match in re.finditer(re.escape(quote), text)]
    return bool(places) and all(text[at : at + 1] in ("？", "?") for at in places)


def says_nothing(case: Case) -> str:
    """The answer is the question once more: it holds no word or figure that the question lacks."""
    asked = case.pair.instruction
    new = content_words(case.pair.answer, case.language) - content_words(asked, case.language)
    return (
        "" if any(fold(word) not in fold(asked) for word in new) else "the answer only repeats the question"
    )


def _listed_twice(clause: str) -> str:
    """What an enumeration names two times, as models do that have lost their way in one."""
    things = [fold(thing) for thing in clause.split("、")]
    if len(things) < _LISTED:
        return ""
    # 有美国、印度、…美国: the first holds words before the thing itself
    return next(
        (
            thing
            for at, thing in enumerate(things[1:], 1)
            if thing and thing in (*things[1:at], things[0][-len(thing) :])
        ),
        "",
    )


def _no_evidence(case: Case) -> str:
    """A question or a heading bears nothing out, though it stands in the passage."""
    quote = case.pair.quote.strip().rstrip("”\"')）")
    if not any(character.isalpha() for character in quote):
        return f"the quote is no sentence: {quote[:60]}"
    if _QUESTION.search(quote) or _asked(quote, case.passage.text):
        return f"the quote is a question: {quote[:60]}"
    if len(fold(quote)) < _HEADING_CHARACTERS and fold(quote) in fold(section_title(case.passage)):
        return f"the quote is a heading: {quote[:60]}"
    return ""
