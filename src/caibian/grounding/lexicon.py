"""Word lists of names: surnames, titles, places, organisations and their short forms."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from caibian.grounding.folding import skeleton

# What may follow a place's own name without changing the place.
PLACE_SUFFIX = re.compile(
    r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|地区|新区|省|市|县|区|州|镇|乡|村|盟|旗|岛)$"
)


def _lines(name: str) -> list[list[str]]:
    text = (
        resources.files("caibian.grounding").joinpath("lexicons", f"{name}.txt").read_text(encoding="utf-8")
    )
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


@cache
def words(name: str) -> frozenset[str]:
    """The words of a plain list: surnames, titles, organisation_suffixes, cities or not_names."""
    return frozenset(word for line in _lines(name) for word in line)


@cache
def places() -> frozenset[str]:
    """Names of places in Chinese, without the characters that stand for countries."""
    named = {word for line in _lines("places") for word in (line[0], *line[3:]) if not word.isascii()}
    return frozenset(named | words("cities"))


@cache
def provinces() -> tuple[str, ...]:
    """Provinces and municipalities of China, in Chinese."""
    names = [line[0] for line in _lines("places")]
    return tuple(names[names.index("北京") :])


@cache
def latin_places() -> frozenset[str]:
    """Names of countries and regions in English."""
    return frozenset(
        word.replace("_", " ")
        for line in _lines("places")
        for word in line[1:]
        if word.isascii() and word != "-"
    )


@cache
def characters() -> dict[str, str]:
    """Place -> the character that stands for it in compounds (中国 -> 中)."""
    return {line[0]: line[2][0] for line in _lines("places") if line[2] != "-"}


@cache
def organisations() -> frozenset[str]:
    """Full and short names of organisations in Chinese."""
    return frozenset(word for line in _lines("organisations") for word in line if not word.isascii())


@cache
def synonyms() -> dict[str, frozenset[str]]:
    """Skeleton of a name -> skeletons of other names of the same place or organisation."""
    groups: dict[str, set[str]] = {}
    lines = [*_lines("organisations"), *([line[0], line[1], *line[3:]] for line in _lines("places"))]
    for line in lines:
        forms = {skeleton(word.replace("_", " ")) for word in line}
        for form in forms:
            groups.setdefault(form, set()).update(forms - {form})
    return {form: frozenset(others) for form, others in groups.items()}
