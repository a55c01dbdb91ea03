"""Words of an input replaced by words of the same meaning, out of small lexicons of our own (zh, en)."""

from __future__ import annotations

import re
from functools import cache

from caibian.grounding.chinese_tokens import tokens
from caibian.instructions.augment import lexicon
from caibian.instructions.augment.config import Synonyms
from caibian.instructions.augment.jobs import Job, Refused, covered, edited, facts, passages
from caibian.records import Example

Place = tuple[int, int, tuple[str, ...]]  # start, end, what may stand there

# Behind these a verb means another thing: look for, build up, set out.
_PARTICLES = ("up", "down", "off", "out", "away", "back", "over", "through", "for", "into", "with")
_NEXT_WORD = re.compile(r"\s+([a-z]+)")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n\"“”‘’(])\s*[\"“‘(]*$")
_ARTICLE = re.compile(r"\b([Aa])(n?) $")
_NOT_VOWELS = (
    "use",
    "usu",
    "uni",
    "util",
    "eu",
    "one",
    "once",
)  # spelt with a vowel, spoken with a consonant


def with_synonyms(job: Job, settings: Synonyms) -> Example:
    """The example with some words of its input replaced. Words that the answer uses stay.

    Raises:
        Refused: the language has no lexicon, or none of its words stands in the input.
    """
    text, language = job.example.input, job.example.language
    if not lexicon.synonyms(language):
        raise Refused("no_lexicon")
    kept = facts(text, language)
    fields = passages(job.card, text, language)
    found = _chinese(text, job.example.output) if language == "zh" else _english(text, job.example.output)
    places = [
        place
        for place in found
        if any(left <= place[0] and place[1] <= right for left, right in fields)
        and not covered(kept, place[0], place[1])
    ]
    if not places:
        raise Refused("nothing_to_replace")
    draw = job.random
    chosen = draw.sample(places, max(1, round(settings.strength * len(places))))
    edits = [(start, end, draw.choice(others)) for start, end, others in sorted(chosen)]
    if language == "en":
        edits = [edit for start, end, new in edits for edit in _with_article(text, start, end, new)]
    return job.with_input(edited(text, edits))


def _chinese(text: str, answer: str) -> list[Place]:
    """Whole words of the lexicon, and what may stand there without doubling a character (但|是 as 但是|是)."""
    words = lexicon.synonyms("zh")
    found: list[Place] = []
    for token in tokens(text):
        others = tuple(
            other
            for other in words.get(token.word, ())
            if text[token.end : token.end + 1] != other[-1]
            and text[token.start - 1 : token.start] != other[0]
        )
        if others and token.word not in answer:
            found.append((token.start, token.end, others))
    return found


def _english(text: str, answer: str) -> list[Place]:
    words = lexicon.synonyms("en")
    said = answer.lower()
    found: list[Place] = []
    for match in _english_words().finditer(text):
        word = match.group()
        opens = word[0].isupper()
        if opens and (not word[1:].islower() or not _SENTENCE_START.search(text[: match.start()])):
            continue  # a capital inside a sentence is part of a name
        following = _NEXT_WORD.match(text, match.end())
        if (following and following.group(1) in _PARTICLES) or re.search(rf"\b{word.lower()}\b", said):
            continue
        others = words[word.lower()]
        if opens:
            others = tuple(other[0].upper() + other[1:] for other in others)
        found.append((*match.span(), others))
    return found


@cache
def _english_words() -> re.Pattern[str]:
    longest_first = sorted(lexicon.synonyms("en"), key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![\w'’-])(?:{'|'.join(longest_first)})(?![\w'’-])", re.IGNORECASE)


def _with_article(text: str, start: int, end: int, new: str) -> list[tuple[int, int, str]]:
    """The replacement, and with it the article before it: a big house, an enormous house."""
    article = _ARTICLE.search(text, 0, start)
    if article is None or _vowel(text[start:end]) == _vowel(new):
        return [(start, end, new)]
    return [(article.start(), end, f"{article.group(1)}{'n' if _vowel(new) else ''} {new}")]


def _vowel(word: str) -> bool:
    return word[0].lower() in "aeiou" and not word.lower().startswith(_NOT_VOWELS)
