"""Sentences of Chinese, English, Arabic and Hindi texts."""

from __future__ import annotations

import re

from caibian.text._language import language_of

# Closing marks that belong to the sentence they follow.
_CLOSERS = "”’」』）)】］\\]》〉\"'»›"
# A full-width ender, or a run of them (？！, ……), ends a Chinese sentence; so does ASCII ?!, which Chinese text
# borrows. The ASCII full stop ends one only after a Han character: 3.5 and U.S. are no ends.
_CHINESE_END = re.compile(rf"(?:[。！？!?｡]+|…{{2,}}|(?<=[\u4e00-\u9fff])\.(?![\w.]))[…]*[{_CLOSERS}]*")
# After the closing quote the sentence may go on: “真的吗？”，他问。
_CHINESE_GOES_ON = re.compile(r"[ \t]*[，、；：,;:。！？]")
_BRACKETED = re.compile(r"（[^（）\n]{0,120}）|《[^《》\n]{0,120}》|\([^()\n]{0,120}\)")

_LATIN_END = re.compile(rf"[.!?…]+[{_CLOSERS}]*(?=\s|$)")
_ARABIC_END = re.compile(rf"(?:[!?؟۔]+|\.+(?!\d))[{_CLOSERS}]*(?=\s|$)")
_HINDI_END = re.compile(rf"(?:[।॥]+|[!?]+(?=\s|$)|(?<=[\u0900-\u097f])\.(?=\s|$))[{_CLOSERS}]*")

_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Maj|Cmdr|Rev|Hon|Pres|St|Sr|Jr|No|Nos|vs|etc|"
    r"Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|approx|Fig|al|cf|[Ee]d|[Vv]ol|pp?)"
    r"|(?<![\w'’])[A-Z]|\b[a-z]\.[a-z]|\b(?:[A-Z]\.)+[A-Z])\.$"
)
_GOES_ON = re.compile(r"\s+[a-z]")
_SURE_START = re.compile(r"\s+(?:The|A|An|He|She|It|They|We|I|In|But|And|This|That|There|Mr|Mrs|Ms)\b")
_INITIALS = re.compile(r"(?:\b(?:[A-Z]\.){2,}|\b[ap]\.m\.)$")


def sentences(text: str, language: str | None = None) -> list[str]:
    """The sentences of a text in order, trimmed, none empty; without the spaces between them they hold every
    character. A line break always ends a sentence. `language` is told from the script where it is not given."""
    return [text[start:end] for start, end in sentence_spans(text, language)]


def sentence_spans(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """Where the sentences stand: (start, end) offsets into `text`, in order, not overlapping, trimmed."""
    language = language or language_of(text)
    spans: list[tuple[int, int]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        ends = [*_ends(line, language), len(line)]
        previous = 0
        for end in ends:
            piece = line[previous:end]
            if trimmed := piece.strip():
                left = start + previous + len(piece) - len(piece.lstrip())
                spans.append((left, left + len(trimmed)))
            previous = end
        start += len(line)
    return spans


def _ends(line: str, language: str) -> list[int]:
    """Offsets in one line after which a new sentence begins."""
    if language == "en":
        return [match.end() for match in _LATIN_END.finditer(line) if _ends_english(line, match)]
    if language == "ar":
        return [match.end() for match in _ARABIC_END.finditer(line)]
    if language == "hi":
        return [match.end() for match in _HINDI_END.finditer(line)]
    inside = [match.span() for match in _BRACKETED.finditer(line)]
    return [
        match.end()
        for match in _CHINESE_END.finditer(line)
        if not _CHINESE_GOES_ON.match(line, match.end())
        and not any(left < match.start() and match.end() < right for left, right in inside)
    ]


def _ends_english(line: str, match: re.Match[str]) -> bool:
    """Whether a full stop, question or exclamation mark ends an English sentence."""
    if _GOES_ON.match(line, match.end()):
        return False
    if match.group() != ".":  # ! ? … or a closing quote: said "No." He left.
        return True
    before = line[max(0, match.start() - 12) : match.start() + 1]
    if not _ABBREVIATION.search(before):
        return True
    # "in the U.S. The bank …": initials end a sentence when what follows can only begin one.
    return bool(_INITIALS.search(before) and _SURE_START.match(line, match.end()))
