"""Taking the output out of the input, wherever it stands, and making sure that it is gone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caibian.instructions.prose import Span, alike, fold, fold_with_offsets, without
from caibian.similarity import longest_common_substring_ratio
from caibian.text import sentence_spans

SAME_SENTENCE = 0.7  # ROUGE-L F1 from which a sentence says the output over again
LEAK_TITLE = 0.85  # longest run of a title that may stand in its input, as a share of the title
LEAK_LEAD = 0.6  # the same for a lead, which is longer and shares names and titles of office with its story
_MIN_FOLDED = 4  # letters: a shorter string stands in texts by chance
_MIN_SENTENCE_LEFT = 10  # letters: what a cut leaves of a sentence, else it goes whole

_OPENERS = "“”\"'‘’「『《【（(〈[<*#—-–|｜丨:： \t　"
_ANNOUNCED = re.compile(r"(?:原标题|新闻标题|文章标题|标题|题为|题目|主题)\s*[:：]?\s*$")
_SITE_SUFFIX = re.compile(r"\s*[_\-–—|｜丨]{1,3}\s*[\w·.()（）]{2,16}(?=[\s_\-–—|｜丨]|$)")
_ENDERS = "。！？!?；;….．"
_GOES_ON = "，,、的"  # after the title these say that it was the beginning of a longer sentence


def remove(text: str, output: str, language: str, *, holders: bool = True) -> str:
    """The text without the output: every copy of it (whatever its width, case, script, spaces and punctuation),
    with quotes, `原标题：` and site suffixes around it, and every sentence that says nearly the same.

    A copy that only stands before or behind a sentence without a break, as in scraped pages, is cut off. A sentence
    that holds the output among other words goes whole, for the rest would not be a sentence; with `holders=False` it
    stays: that is for a headline which the model is shown anyway, and whose story should not lose its first sentence.
    """
    text = _remove_copies(text, output, language, holders)
    parts = [output, *(output[start:end] for start, end in sentence_spans(output, language))]
    return remove_similar(text, parts, language)


def remove_similar(text: str, outputs: Sequence[str], language: str) -> str:
    """The text without the sentences that say nearly the same as one of the outputs, or repeat a long part of one."""
    folded = [fold(output) for output in outputs]

    def repeats(sentence: str) -> bool:
        plain = fold(sentence)
        if len(plain) < _MIN_FOLDED:
            return False
        for whole, output in zip(folded, outputs, strict=True):
            if len(plain) >= _MIN_SENTENCE_LEFT and plain in whole:
                return True
            if alike(sentence, output) >= SAME_SENTENCE:
                return True
        return False

    spans = [(start, end) for start, end in sentence_spans(text, language) if repeats(text[start:end])]
    return without(text, spans)


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
    folded, offsets = fold_with_offsets(text)
    copies: list[Span] = []
    at = folded.find(wanted)
    while at >= 0:
        copies.append((offsets[at], offsets[at + len(wanted) - 1] + 1))
        at = folded.find(wanted, at + len(wanted))
    if not copies:
        return text
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
