"""Taking the output out of the input, wherever it stands, and making sure that it is gone."""

from __future__ import annotations

import re

from caibian.instructions.prose import Span, alike, finished, fold, fold_with_offsets, likeness, without
from caibian.similarity import longest_common_substring_ratio
from caibian.text import sentence_spans

SAME_SENTENCE = 0.7  # ROUGE-L F1 from which a sentence says the output over again
LEAK_TITLE = 0.85  # longest run of a title that may stand in its input, as a share of the title
LEAK_LEAD = 0.6  # the same for a lead, which is longer and shares names and titles of office with its story
_MIN_FOLDED = 4  # letters: a shorter string stands in texts by chance
_MIN_SENTENCE_LEFT = 10  # letters: what a cut leaves of a sentence, else it goes whole

_OPENERS = "“”\"'‘’「『《【（(〈[<*#—-–|｜丨:： \t　"
_ANNOUNCED = re.compile(r"(?:(?:原标题|新闻标题|文章标题|标题|题为|题目|主题)\s*[:：]?|题\s*[:：])\s*$")
_ORIGINAL_TITLE = re.compile(r"[（(]?原标题\s*[:：]\s*")
_SAME_HEADLINE = 0.5  # ROUGE-L F1 of two wordings of one story's headline
_SITE_SUFFIX = re.compile(r"\s*[_\-–—|｜丨]{1,3}\s*[\w·.()（）]{2,16}(?=[\s_\-–—|｜丨]|$)")
_ENDERS = "。！？!?；;….．"
_GOES_ON = "，,、的"  # after the title these say that it was the beginning of a longer sentence


def remove(text: str, output: str, language: str) -> str:
    """The text without the output: every copy of it (whatever its width, case, script, spaces and punctuation),
    with quotes, `原标题：` and site suffixes around it, and every sentence that says nearly the same.

    A copy that only stands before or behind a sentence without a break, as in scraped pages, is cut off; a sentence
    that holds the output among other words goes whole, for the rest would not be a sentence.
    """
    text = _remove_copies(_remove_announced(text, output), output, language, holders=True)
    return _remove_repeats(text, output, language)


def remove_headline(text: str, title: str, language: str) -> str:
    """The text without copies of its headline that stand by themselves, for a model that is shown the headline.

    Sentences of the story that hold it or say the same stay: they may be the lead.
    """
    text = _remove_copies(_remove_announced(text, title), title, language, holders=False)
    return _remove_repeats(text, title, language, only_headings=True)


def _remove_announced(text: str, title: str) -> str:
    """The text without what `原标题：` announces: another wording of the headline, up to the break behind it."""
    spans: list[Span] = []
    for match in _ORIGINAL_TITLE.finditer(text):
        start, most = match.end(), match.end() + 2 * len(title) + 10
        line_end = text.find("\n", start)
        line = text[start : min(most, line_end if line_end >= 0 else len(text))]
        breaks = [k for k, c in enumerate(line) if c.isspace() or c in _ENDERS] + [len(line)]
        # Without a break the headline runs into the story: try the lengths about its own.
        near = range(max(1, len(title) - 8), min(len(line), len(title) + 8) + 1)
        best = max([*breaks, *near], key=lambda k: likeness(line[:k], title))
        if likeness(line[:best], title) < _SAME_HEADLINE and line_end >= 0 and len(line) == line_end - start:
            best = len(line)  # it has a line to itself, however it is worded
        if likeness(line[:best], title) >= _SAME_HEADLINE or best == len(line) != most - start:
            spans.append((match.start(), start + best))
    return without(text, spans) if spans else text


def _remove_repeats(text: str, output: str, language: str, *, only_headings: bool = False) -> str:
    """The text without sentences that say nearly the same as the output or one of its sentences, or repeat a part."""
    folded = fold(output)
    parts = {output, *(output[start:end] for start, end in sentence_spans(output, language))}
    spans = []
    for start, end in sentence_spans(text, language):
        sentence = text[start:end]
        if only_headings and finished(sentence):
            continue
        if _repeats(sentence, output, folded) or any(alike(sentence, part, SAME_SENTENCE) for part in parts):
            spans.append((start, end))
    return without(text, spans) if spans else text


def _repeats(sentence: str, output: str, folded: str) -> bool:
    """Whether the sentence is a part of the output, word for word."""
    if len(sentence) > 2 * len(output):
        return False
    plain = fold(sentence)
    return len(plain) >= _MIN_SENTENCE_LEFT and plain in folded


def leaks(text: str, output: str, threshold: float) -> bool:
    """Whether the text still holds the output, or a run of it longer than `threshold` of its letters."""
    wanted, held = fold(output), fold(text)
    if not wanted:
        return False
    return wanted in held or longest_common_substring_ratio(wanted, held) >= threshold


def _remove_copies(text: str, output: str, language: str, holders: bool) -> str:
    wanted = fold(output)
    if len(wanted) < _MIN_FOLDED:
        return text
    if wanted not in fold(text):
        return text
    folded, offsets = fold_with_offsets(text)
    copies: list[Span] = []
    at = folded.find(wanted)
    while at >= 0:
        copies.append((offsets[at], offsets[at + len(wanted) - 1] + 1))
        at = folded.find(wanted, at + len(wanted))
    sentences = sentence_spans(text, language)
    removed: list[Span] = []
    for start, end in copies:
        span, whole = _around(text, start, end, sentences, removed)
        if holders or not whole:
            removed.append(span)
    return without(text, removed)


def _around(text: str, start: int, end: int, sentences: list[Span], removed: list[Span]) -> tuple[Span, bool]:
    """What goes with one copy: its quotes, its announcement and site suffix; or, and then True, its whole sentence."""
    while start > 0 and text[start - 1] in _OPENERS:
        start -= 1
    if announced := _ANNOUNCED.search(text, max(0, start - 8), start):
        start = announced.start()
    while end < len(text) and text[end] in _OPENERS + "」』》】）)〉]>*" and text[end] not in "_-–—|｜丨":
        end += 1
    if suffix := _SITE_SUFFIX.match(text, end):
        end = suffix.end()
    while end < len(text) and text[end] in _ENDERS:
        end += 1
    first = next((left for left, right in reversed(sentences) if left <= start), start)
    last = next((right for left, right in sentences if right >= end), end)
    before = text[first:start] if not any(left < start <= right + 1 for left, right in removed) else ""
    after = text[end:last]
    ended = end > 0 and text[end - 1] in _ENDERS
    if len(fold(before)) == 0 and (
        ended or (after[:1] not in _GOES_ON and len(fold(after)) >= _MIN_SENTENCE_LEFT)
    ):
        return (start, end), False
    if len(fold(after)) == 0 and not before.rstrip().endswith(tuple(_GOES_ON)) and _looks_ended(before):
        return (start, end), False
    return (min(first, start), max(last, end)), True


def _looks_ended(before: str) -> bool:
    """Whether what stands before the copy is a sentence of its own, its mark merely missing."""
    return before.rstrip()[-1:] in tuple(_ENDERS + "”」』）)")
