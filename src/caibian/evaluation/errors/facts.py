"""Numbers, dates, names and quotations of an answer that its source does not hold."""

from __future__ import annotations

import re

from caibian.evaluation.errors.causes import Found
from caibian.grounding import KINDS, Kind, Source, unsupported
from caibian.records import Example
from caibian.similarity import fold
from caibian.tasks import TaskCard
from caibian.text import HAN

_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.、)）]\s+", re.MULTILINE)  # 1. is no fact
_SINGLE = re.compile(r"(?:^|(?<=[\s:(]))'(\S[^\n]{2,200}?\s[^\n]{1,200}?)'(?=[\s,.:;!?)]|$)", re.MULTILINE)
_MASKED = re.compile(f"[{HAN}]某[{HAN}]?$")
_HAN = re.compile(f"[{HAN}]")
_QUOTE_CHARACTERS, _QUOTE_WORDS = (
    5,
    3,
)  # from which words in quotation marks are speech: shorter ones are terms
_WRAPS = {"“": "”", '"': '"', "「": "」", "'": "'", "‘": "’"}
_LOOKED_AT = 20_000  # characters of an answer: a text that long has other errors first


def fact_errors(card: TaskCard, answer: str, example: Example, language: str) -> list[Found]:
    """One finding for each kind of fact that the card's checks want in the source and that is not there."""
    kinds = checked_kinds(card)
    source = example.source_text or example.input
    if not kinds or not source.strip():
        return []
    ready = Source.of(source, example.language)
    text = _LIST_NUMBER.sub("", unwrapped(answer[:_LOOKED_AT]))
    by_kind: dict[str, list[str]] = {}
    for mention in unsupported(text, ready, language, kinds=kinds):
        if mention.kind == "quote" and _is_term(mention.text):
            continue
        if mention.kind == "name" and _MASKED.match(mention.text) and mention.text[:2] in source:
            continue  # 吴某持刀: the verb is no part of the name
        by_kind.setdefault(mention.kind, []).append(mention.text)
    if "quote" in kinds and (headline := _single_quotes(text, ready)):
        by_kind.setdefault("quote", []).extend(headline)
    return [
        Found(
            f"unsupported_{kind}",
            ", ".join(dict.fromkeys(texts)),
            key=fold(texts[0]),
            marks=tuple(dict.fromkeys(texts)),
        )
        for kind, texts in by_kind.items()
    ]


def _is_term(words: str) -> bool:
    """Whether what stands in quotation marks is too short to be what somebody said: “梦之队”, "halo effect"."""
    if _HAN.search(words):
        return len(fold(words)) < _QUOTE_CHARACTERS
    return len(words.split()) < _QUOTE_WORDS


def _single_quotes(text: str, source: Source) -> list[str]:
    """Quotations between straight single marks, as English headlines write them, that the source does not hold."""
    return [
        words for words in _SINGLE.findall(text) if fold(words) and source.find_skeleton(fold(words)) is None
    ]


def unwrapped(answer: str) -> str:
    """The answer without quotation marks around the whole of it, which quote nobody."""
    text = answer.strip()
    inside = text[1:-1]
    if len(text) > 2 and _WRAPS.get(text[0]) == text[-1] and not set(inside) & {text[0], text[-1]}:
        return inside
    return text


def checked_kinds(card: TaskCard) -> tuple[Kind, ...]:
    """The kinds of facts that a card's answer may only take from its source."""
    return tuple(kind for kind in KINDS if f"{kind}s_in_source" in card.checks)
