"""What no single card shows: whether the cards of a library tell themselves apart in wording and in rubric."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from caibian.similarity import shingles
from caibian.tasks.card import FIELD_NAMES, TaskCard

MAX_LIKENESS = 0.6  # Jaccard similarity of three-character shingles, the input's name removed
_SHINGLE = 3

# How instructions call what they are given. Two wordings that differ by this word alone are one wording.
_INPUT_WORDS = re.compile(
    "|".join(
        [
            *sorted({zh for zh, _ in FIELD_NAMES.values()}, key=len, reverse=True),
            "新闻报道|新闻稿|新闻|稿件|稿子|来稿|报道|文章|原文|帖子|推文|微博|文字|内容|段落|句子|语句|消息|评论",
            r"\b(?:news )?(?:stor(?:y|ies)|articles?|reports?|texts?|posts?|tweets?|passages?|sentences?|statements?|copy|"
            r"piece|content|message|comment|news|item)\b",
            *(rf"\b{en}\b" for _, en in FIELD_NAMES.values()),
            r"(?:ال)?(?:نص|خبر|مقال|منشور|تغريدة|جملة|عبارة|تقرير)",
            "(?:पाठ|खबर|समाचार|लेख|पोस्ट|ट्वीट|वाक्य|टिप्पणी)",
        ]
    ),
    re.IGNORECASE,
)


def bare_shingles(text: str) -> set[str]:
    """The three-character shingles of an instruction without the word for its input, as `likenesses` compares them."""
    return shingles(_INPUT_WORDS.sub("", text), _SHINGLE)


def likenesses(cards: Mapping[str, TaskCard]) -> list[str]:
    """Pairs of instruction variants, of one card or of two, that say nearly the same, and specific rubric dimensions
    that two cards share; each as a sentence that names both places."""
    return [*_like_variants(cards.values()), *_shared_dimensions(cards.values())]


def _like_variants(cards: Iterable[TaskCard]) -> list[str]:
    found = []
    by_language: dict[str, list[tuple[str, set[str]]]] = defaultdict(list)
    for card in cards:
        for language, texts in card.instructions.items():
            by_language[language] += [
                (f"{card.id}: instructions.{language}[{k}]", bare_shingles(text))
                for k, text in enumerate(texts)
            ]
    for wordings in by_language.values():
        for k, (place, own) in enumerate(wordings):
            for other_place, other in wordings[k + 1 :]:
                if len(own & other) > MAX_LIKENESS * len(own | other):
                    share = len(own & other) / len(own | other)
                    found.append(f"{place} and {other_place} say nearly the same ({share:.2f} alike)")
    return found


def _shared_dimensions(cards: Iterable[TaskCard]) -> list[str]:
    found = []
    owner: dict[str, str] = {}
    for card in cards:
        for name, pair in card.rubric.specific.items():
            for language, text in (("zh", pair.zh), ("en", pair.en)):
                place = f"{card.id}: rubric.specific.{name}.{language}"
                first = owner.setdefault(text.casefold(), place)
                if first != place:
                    found.append(f"{place} is the text of {first}")
    return found
