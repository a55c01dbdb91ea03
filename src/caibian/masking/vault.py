"""`Vault`: personal data taken out of texts before they leave, and put back into what comes home.

A placeholder reads 〔手机1〕 in a Chinese text and [MOBILE_1] in any other, so that a model can write a sentence around
it. The same words have the same placeholder as long as the vault lives. What looks like a placeholder in a text from
the start is put into the vault as well: nobody can have another's number put into an answer by writing 〔手机1〕.
"""

from __future__ import annotations

import json
import re
from collections import Counter

from caibian.masking.find import find_personal
from caibian.masking.kinds import KIND_NAMES

_LITERAL = "literal"  # the kind of what only looks like a placeholder
_NAMES: dict[str, tuple[str, str]] = {str(kind): names for kind, names in KIND_NAMES.items()}
_NAMES[_LITERAL] = ("原文", "TEXT")
_KINDS = {name.casefold(): kind for kind, names in _NAMES.items() for name in names}

# Models change widths, brackets and spaces, and drop or add the underscore.
_OPEN, _CLOSE = r"\[［【〔〖(（{｛", r"\]］】〕〗)）}｝"
_GAP = r"[\s_＿]{0,2}"
_PLACEHOLDER = re.compile(
    rf"[{_OPEN}]\s{{0,2}}({'|'.join(sorted(map(re.escape, _KINDS), key=len, reverse=True))}){_GAP}([0-9０-９]{{1,4}})\s{{0,2}}[{_CLOSE}]",
    re.IGNORECASE,
)
# What may still become one when more of a stream arrives.
_BEGUN = re.compile(rf"[{_OPEN}]\s{{0,2}}[A-Za-z\u4e00-\u9fff]{{0,8}}{_GAP}[0-9０-９]{{0,4}}\s{{0,2}}$")
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Vault:
    """Hides personal data and restores it. One for each conversation; never shared between people.

    json: what is restored is JSON; values are written as they stand within its strings.
    """

    def __init__(self) -> None:
        self.json = False
        self._values: dict[tuple[str, int], str] = {}
        self._placeholders: dict[tuple[str, str], str] = {}
        self._numbers: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        """How many different values of each kind are hidden."""
        return {kind: number for kind, number in self._numbers.items() if kind != _LITERAL}

    def hide(self, text: str) -> str:
        """The text with a placeholder for all personal data."""
        chinese = bool(_HAN.search(text))
        parts: list[str] = []
        at = 0
        for kind, start, end in _spans(text):
            parts += [text[at:start], self._placeholder(kind, text[start:end], chinese)]
            at = end
        return "".join([*parts, text[at:]])

    def restore(self, text: str) -> str:
        """The text with what its placeholders stand for. Placeholders that this vault never made stay as they are."""
        return _PLACEHOLDER.sub(self._value, text)

    def restorer(self) -> Restorer:
        """Restores a text that arrives in pieces."""
        return Restorer(self)

    def _placeholder(self, kind: str, value: str, chinese: bool) -> str:
        known = self._placeholders.get((kind, value))
        if known is None:
            self._numbers[kind] += 1
            number = self._numbers[kind]
            self._values[kind, number] = value
            zh, en = _NAMES[kind]
            known = f"〔{zh}{number}〕" if chinese else f"[{en}_{number}]"
            self._placeholders[kind, value] = known
        return known

    def _value(self, match: re.Match[str]) -> str:
        value = self._values.get((_KINDS[match[1].casefold()], int(match[2])))
        if value is None:
            return match.group()
        return json.dumps(value, ensure_ascii=False)[1:-1] if self.json else value


class Restorer:
    """Restores a stream: what may be the beginning of a placeholder is held back until the rest of it is there."""

    def __init__(self, vault: Vault) -> None:
        self._vault, self._held = vault, ""

    def push(self, piece: str) -> str:
        """What can be said for certain after one more piece."""
        text = self._held + piece
        begun = _BEGUN.search(text)
        ready, self._held = (text[: begun.start()], text[begun.start() :]) if begun else (text, "")
        return self._vault.restore(ready)

    def finish(self) -> str:
        """What was still held back."""
        rest, self._held = self._held, ""
        return self._vault.restore(rest)


def _spans(text: str) -> list[tuple[str, int, int]]:
    """Personal data, and what only looks like a placeholder; where they overlap, both as one."""
    found: list[tuple[str, int, int]] = [(one.kind, one.start, one.end) for one in find_personal(text)]
    found += [(_LITERAL, *match.span()) for match in _PLACEHOLDER.finditer(text)]
    found.sort(key=lambda one: (one[1], -one[2]))
    apart: list[tuple[str, int, int]] = []
    for kind, start, end in found:
        if apart and start < apart[-1][2]:
            first, begin, until = apart[-1]
            apart[-1] = (first, begin, max(until, end))
        else:
            apart.append((kind, start, end))
    return apart
