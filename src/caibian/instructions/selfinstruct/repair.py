"""JSON objects out of whatever a model wrote: with prose around them, fenced, cut off, with Chinese marks for ASCII ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MOST_CHARACTERS = 200_000  # beyond that an answer is a loop, not data
_MOST_FAILURES = 200  # brackets at which nothing begins, before the rest is given up
_LONGEST_KEY = 32
_LONGEST_VALUE = 10_000  # characters: what never closes is not searched to the end of the answer each time
_OPENING = {
    '"': '"“”＂',
    "“": '"“”＂',
    "”": '"“”＂',
    "＂": '"“”＂',
    "'": "'‘’",
    "‘": "'‘’",
    "「": "」",
    "『": "』",
}
_WIDE_BRACKETS = str.maketrans("｛｝［］", "{}[]")
_DECODER = json.JSONDecoder(strict=False)  # line breaks inside strings are admitted
_SKIP = re.compile(r"[\s,，、;；]*")
_COLON = re.compile(r"\s*[:：]\s*")
_BARE_KEY = re.compile(r"[^\W\d]\w{0,31}")
_BARE_VALUE = re.compile(r"[^,，}\n\"“{\[]{0,2000}")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\n", "b": "", "f": ""}


class ObjectReader:
    """Reads objects; `keys` are the property names (lower case) that tell a closing quotation mark from an inner one."""

    def __init__(self, keys: frozenset[str]) -> None:
        names = "|".join(sorted(map(re.escape, keys), key=len, reverse=True))
        key = rf"[\"“”＂'‘「『]?\s*(?:{names})\s*[\"“”＂'’」』]?\s*[:：]"
        self._value_ends = re.compile(rf"\s*(?:$|\}}|[,，、;；]\s*(?:$|\}}|\{{|{key})|{key})", re.IGNORECASE)
        self._item_ends = re.compile(r"\s*(?:$|\]|[,，、]\s*(?:$|\]|[\"“”＂'‘「『]))")
        self._key_ends = re.compile(r"\s*[:：]")
        self._begins = re.compile(rf"\{{\s*{key}", re.IGNORECASE)

    def read(self, text: str) -> tuple[list[dict[str, Any]], int]:
        """The objects that hold no others, in order, and how many began and could not be made out. Never raises.

        What is valid JSON is read as such wherever it stands; where it is not, objects of strings are read with a
        quotation mark of any kind, wide punctuation, missing and extra commas, missing quotation marks inside strings'
        escapes, and without their last brace if the text ends there.
        """
        text = text[:MOST_CHARACTERS]
        if "{" not in text:
            text = text.translate(_WIDE_BRACKETS)
        found: list[dict[str, Any]] = []
        broken = failures = at = 0
        while failures < _MOST_FAILURES and (match := re.compile(r"[\[{]").search(text, at)):
            at = match.start()
            value, end = self._at(text, at)
            if end:
                found += leaves(value)
                at = end
                continue
            failures += 1
            broken += bool(self._begins.match(text, at))
            at += 1
        if not found and not broken:
            found = self._inside_string(text)
        return found, broken

    def _at(self, text: str, at: int) -> tuple[Any, int]:
        """The value that begins at a bracket, and where it ends; 0 where none can be made out."""
        try:
            return _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            pass
        return self._lenient(text, at) if text[at] == "{" else (None, 0)

    def _inside_string(self, text: str) -> list[dict[str, Any]]:
        """Objects of an answer that is a JSON string holding JSON."""
        try:
            inner = json.loads(text.strip())
        except (ValueError, RecursionError):
            return []
        return self.read(inner)[0] if isinstance(inner, str) and len(inner) < len(text) else []

    def _lenient(self, text: str, at: int) -> tuple[dict[str, Any] | None, int]:
        found: dict[str, Any] = {}
        at += 1
        while True:
            at = _end(_SKIP, text, at)
            if at >= len(text) or text[at] == "}":
                return (found, min(at + 1, len(text))) if found else (None, 0)
            key, at = self._key(text, at)
            colon = _COLON.match(text, at) if key else None
            if colon is None:
                return None, 0
            value, at = self._value(text, colon.end())
            if not at:
                return None, 0
            found[key] = value

    def _key(self, text: str, at: int) -> tuple[str, int]:
        if text[at] in _OPENING:
            return self._string(text, at, self._key_ends, _LONGEST_KEY)
        bare = _BARE_KEY.match(text, at)
        return (bare.group(), bare.end()) if bare else ("", 0)

    def _value(self, text: str, at: int) -> tuple[Any, int]:
        opening = text[at : at + 1]
        if opening in _OPENING:
            return self._string(text, at, self._value_ends)
        if opening == "[":
            items: list[str] = []
            at = _end(_SKIP, text, at + 1)
            while text[at : at + 1] in _OPENING:
                item, at = self._string(text, at, self._item_ends)
                if not at:
                    return None, 0
                items.append(item)
                at = _end(_SKIP, text, at)
            return (items, at + 1) if text[at : at + 1] == "]" else (None, 0)
        bare = _BARE_VALUE.match(text, at)
        word = bare.group().strip() if bare else ""
        if bare is None or not word or text[bare.end() : bare.end() + 1] not in ("", ",", "，", "}", "\n"):
            return None, 0
        return ("" if word in ("null", "None") else word), bare.end()

    def _string(
        self, text: str, at: int, ends: re.Pattern[str], most: int = _LONGEST_VALUE
    ) -> tuple[str, int]:
        """A string and the place after its closing mark: one after which the object can go on; 0 where it has none."""
        closing = _OPENING[text[at]]
        parts: list[str] = []
        at += 1
        stop = min(len(text), at + most)
        while at < stop:
            character = text[at]
            if character == "\\" and at + 1 < len(text):
                part, at = _escape(text, at)
                parts.append(part)
                continue
            at += 1
            if character in closing and ends.match(text, at):
                return "".join(parts).strip(), at
            parts.append(character)
        return "", 0


def leaves(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a JSON value that hold no other object, in order."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, dict):
            inner = [part for part in one.values() if _holds_object(part)]
            if inner:
                waiting.extend(reversed(inner))
            else:
                yield one


def _holds_object(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(v, dict | list) for v in value)
    )


def _escape(text: str, at: int) -> tuple[str, int]:
    mark = text[at + 1]
    if mark == "u" and re.fullmatch("[0-9a-fA-F]{4}", text[at + 2 : at + 6]):
        return chr(int(text[at + 2 : at + 6], 16)), at + 6
    return _ESCAPES.get(mark, mark), at + 2


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
