"""Slips of scanners and typists: a few characters of an input are touched, never its facts or its denials."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from caibian.instructions.augment import lexicon
from caibian.instructions.augment.config import Noise, NoiseKind
from caibian.instructions.augment.jobs import Job, Refused, Span, covered, edited, facts, passages, said_again
from caibian.records import Example
from caibian.text import HAN

Slip = tuple[int, int, str]  # start, end, what stands there afterwards

# A slip here turns what a text says: it stays as it is.
_DENIALS = re.compile(
    rf"[不没未无非否别勿莫休][{HAN}]?|\b(?:not?|none|nor|never|neither|without|cannot|hardly)\b|\w+n['’]t\b|"
    r"(?<!\w)(?:لا|لم|لن|ليس|ليست|غير|بدون|دون)(?!\w)|(?:नहीं|मत|बिना|ना?(?=\s))",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[，。、；：！？“”（）,.;:!?()،؛؟।]")
_WIDTHS = dict(zip("，；：？！（）", ",;:?!()", strict=True))
_WIDTHS |= {half: full for full, half in _WIDTHS.items()}
_WORD = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")  # one with a capital may be a name
_FIGURE = re.compile(r"[\d〇零一二两三四五六七八九十百千万亿%％]")
_LETTER_RUN = re.compile(r"[A-Za-z]+")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def noisy(job: Job, settings: Noise) -> Example:
    """The example with slips in its input.

    Raises:
        Refused: nothing in it may be touched.
    """
    text, language = job.example.input, job.example.language
    kept = [*facts(text, language), *said_again(text, job.example.output)]
    kept += [found.span() for found in _DENIALS.finditer(text)]
    fields = passages(job.card, text, language)
    possible: dict[NoiseKind, list[Slip]] = {}
    for kind in settings.kinds:
        slips = [
            slip
            for slip in _SLIPS[kind](text, language)
            if any(left <= slip[0] and slip[1] <= right for left, right in fields)
            and not covered(kept, slip[0], slip[1])
        ]
        if slips:
            possible[kind] = slips
    draw = job.random
    touched: list[Span] = []
    chosen: list[Slip] = []
    wanted = max(1, round(settings.strength * sum(right - left for left, right in fields)))
    while possible and len(chosen) < wanted:
        kind = draw.choice(list(possible))
        slips = possible[kind]
        start, end, new = slips.pop(draw.randrange(len(slips)))
        if not slips:
            del possible[kind]
        if not covered(touched, start - 1, end + 1):  # two slips side by side make a word that nobody knows
            chosen.append((start, end, new))
            touched.append((start, end))
    if not chosen:
        raise Refused("nothing_to_touch")
    return job.with_input(edited(text, chosen))


def _lookalikes(text: str, language: str) -> Iterator[Slip]:
    others = lexicon.lookalikes(language)
    if language == "en":
        for word in _WORD.finditer(text):
            for old, news in others.items():
                for at in _inside(text, word.span(), old):
                    yield from ((at, at + len(old), new) for new in news)
        return
    for at in range(len(text)):
        end = at + 1 + (text[at + 1 : at + 2] == lexicon.NUKTA)  # a Devanagari letter with its dot is one
        yield from ((at, end, new) for new in others.get(text[at:end], ()))


def _inside(text: str, word: Span, old: str) -> Iterator[int]:
    """Where something stands in a word, but not at its beginning."""
    at = text.find(old, word[0] + 1, word[1])
    while at >= 0:
        yield at
        at = text.find(old, at + 1, word[1])


def _homophones(text: str, language: str) -> Iterator[Slip]:
    others = lexicon.homophones() if language == "zh" else {}
    for at, character in enumerate(text):
        yield from ((at, at + 1, new) for new in others.get(character, ()))


def _punctuation(text: str, language: str) -> Iterator[Slip]:
    for found in _MARKS.finditer(text):
        if not _between_figures(text, found.start()):
            yield found.start(), found.end(), ""


def _between_figures(text: str, at: int) -> bool:
    """Whether a mark keeps two numbers apart."""
    return bool(_FIGURE.match(text[at - 1 : at]) and _FIGURE.match(text[at + 1 : at + 2]))


def _width(text: str, language: str) -> Iterator[Slip]:
    if language != "zh":
        return
    for at, character in enumerate(text):
        if character in _WIDTHS and not _between_figures(text, at):
            yield at, at + 1, _WIDTHS[character]
    for found in _LETTER_RUN.finditer(text):
        yield found.start(), found.end(), "".join(chr(ord(letter) + 0xFEE0) for letter in found.group())


def _keyboard(text: str, language: str) -> Iterator[Slip]:
    for word in _WORD.finditer(text):
        for at in range(word.start() + 1, word.end()):  # a word is told by its first letter
            yield from ((at, at + 1, new) for new in _NEIGHBOURS[text[at]])


def _doubled(text: str, language: str) -> Iterator[Slip]:
    inside = {at for word in _WORD.finditer(text) for at in range(word.start() + 1, word.end())}
    for at, character in enumerate(text):
        # Letters that are no Latin ones are of category Lo; a sign may belong to the one before.
        if at in inside or (unicodedata.category(character) == "Lo" and not _joined(text, at)):
            yield at, at + 1, character * 2


def _joined(text: str, at: int) -> bool:
    """Whether a Devanagari letter bears signs: doubled it would lose them."""
    return at + 1 < len(text) and unicodedata.category(text[at + 1]) in ("Mn", "Mc")


def _neighbours() -> dict[str, str]:
    found = {}
    for row, letters in enumerate(_ROWS):
        for at, letter in enumerate(letters):
            near = letters[max(0, at - 1) : at] + letters[at + 1 : at + 2]
            for other in (row - 1, row + 1):
                if 0 <= other < len(_ROWS):
                    # Each row stands half a key to the right of the one above it.
                    first = at if other < row else at - 1
                    near += _ROWS[other][max(0, first) : max(0, first + 2)]
            found[letter] = near
    return found


_NEIGHBOURS = _neighbours()
_SLIPS: dict[NoiseKind, Callable[[str, str], Iterator[Slip]]] = {
    "lookalikes": _lookalikes,
    "homophones": _homophones,
    "punctuation": _punctuation,
    "width": _width,
    "keyboard": _keyboard,
    "doubled": _doubled,
}
