"""The word lists of this package, read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import resources

NUKTA = "\u093c"  # the dot under a Devanagari letter


def _lines(name: str) -> list[str]:
    folder = resources.files("caibian.instructions.augment").joinpath("lexicons")
    text = folder.joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def synonyms(language: str) -> dict[str, tuple[str, ...]]:
    """Word -> words that may stand in its place; empty for languages without a lexicon."""
    if language not in ("zh", "en"):
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    for line in _lines(f"synonyms_{language}"):
        if " > " in line:
            word, others = line.split(" > ")
            found[word] += others.split(", ")
        else:
            group = line.split(" = ")
            for word in group:
                found[word] += [other for other in group if other != word]
    return {word: tuple(dict.fromkeys(others)) for word, others in found.items()}


@cache
def lookalikes(language: str) -> dict[str, tuple[str, ...]]:
    """Characters, or in English also pairs of letters -> what a scanner reads in their place."""
    groups: list[list[str]] = []
    section = ""
    for line in _lines("lookalikes"):
        if line.startswith("["):
            section = line.strip("[]")
        elif section == language:
            groups += [word.split("=") if "=" in word else _characters(word) for word in line.split()]
    return _others(groups)


@cache
def homophones() -> dict[str, tuple[str, ...]]:
    """Chinese character -> what a typist writes in its place."""
    return _others([*word] for line in _lines("homophones") for word in line.split())


@cache
def cities() -> dict[str, str]:
    """Chinese city -> its province."""
    found: dict[str, str] = {}
    for line in _lines("cities_zh"):
        province, *names = line.split()
        found |= dict.fromkeys(names, province)
    return found


def _characters(word: str) -> list[str]:
    """The characters of a group, a Devanagari letter with its dot as one."""
    found: list[str] = []
    for character in word:
        if character == NUKTA:
            found[-1] += character
        else:
            found.append(character)
    return found


def _others(groups: Iterable[list[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        for one in group:
            found[one] += [other for other in group if other != one]
    return {one: tuple(dict.fromkeys(others)) for one, others in found.items()}
