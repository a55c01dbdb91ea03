"""What the page says, in English and Chinese side by side; the reader's switch shows one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

from caibian.tasks import check_names

LANGUAGES = {"en": "en", "zh": "zh-Hans"}  # our key -> the tag of `lang` attributes

Maker = Callable[[str], str]  # the key of a language -> what stands there in it


@lru_cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Section -> key -> wording by language, as the pages' `catalogue.yaml` hold it, and the names of the cards' checks."""
    sections: dict[str, dict[str, dict[str, str]]] = {}
    for file in sorted(
        Path(__file__).parents[1].glob("*/catalogue.yaml")
    ):  # a section is of one page, and open to all
        sections |= yaml.safe_load(file.read_text(encoding="utf-8"))
    sections["checks"] |= {check: {"en": pair.en, "zh": pair.zh} for check, pair in check_names().items()}
    return sections


def say(key: str, **values: Any) -> Markup:
    """The wording of `section.key` in both languages as HTML; values are escaped.

    A value may be a `Two`, which says something else in each language.

    Raises:
        KeyError: the catalogue lacks the key, or the wording names a value that was not given.
    """
    wording = _wording(key)
    return Two(
        lambda language: _fill(wording[language], {k: _in(v, language) for k, v in values.items()})
    ).__html__()


def plain(key: str, language: str, **values: Any) -> str:
    """The wording of `section.key` in one language as plain text, for attributes and titles."""
    return _wording(key)[language].format(**{k: _in(v, language) for k, v in values.items()})


def name(section: str, key: str) -> Two:
    """The name of a metric, check, stage … in both languages; an unknown one goes by its own key."""
    wording = catalogue()[section].get(key)
    if wording is None:
        return Two(lambda _: key.replace("_", " "))
    return Two(lambda language: wording[language])


def pair(value: Mapping[str, Any] | str | None, fallback: str = "") -> Two:
    """A `{en, zh}` mapping out of a run's files; where one language is missing, the other stands in."""
    if isinstance(value, str):
        text = value
        return Two(lambda _: text)
    wording = {k: str(v) for k, v in (value or {}).items() if k in LANGUAGES and v}
    other = next(iter(wording.values()), fallback)
    return Two(lambda language: wording.get(language, other))


def listed(items: Sequence[Two]) -> Two:
    """Several names in a row: `a, b`, `a、b`."""
    return Two(lambda language: {"en": ", ", "zh": "、"}[language].join(one.of(language) for one in items))


class Two:
    """Something said in both languages: `str()` gives the English, templates get both."""

    def __init__(self, make: Maker) -> None:
        self._make = make

    def __str__(self) -> str:
        return self._make("en")

    def __bool__(self) -> bool:
        return bool(self._make("en"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Two) and all(self.of(key) == other.of(key) for key in LANGUAGES)

    def __hash__(self) -> int:
        return hash(tuple(self.of(key) for key in LANGUAGES))

    def of(self, language: str) -> str:
        """What is said in one language."""
        return self._make(language)

    def __html__(self) -> Markup:
        texts = {language: escape(self._make(language)) for language in LANGUAGES}
        if texts["en"] == texts["zh"]:
            return texts["en"]
        spans = (f'<span class="{key}" lang="{tag}">{texts[key]}</span>' for key, tag in LANGUAGES.items())
        return Markup("".join(spans))


def _wording(key: str) -> dict[str, str]:
    section, _, rest = key.partition(".")
    return catalogue()[section][rest]


def _fill(wording: str, values: Mapping[str, Any]) -> Markup:
    return escape(wording).format(**values)


def _in(value: Any, language: str) -> Any:
    return value.of(language) if isinstance(value, Two) else value
