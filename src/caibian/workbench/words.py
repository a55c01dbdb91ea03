"""What the pages say, in Chinese and English, out of one catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

Language = Literal["zh", "en"]
LANGUAGES: dict[Language, Literal["zh-CN", "en-US"]] = {
    "zh": "zh-CN",
    "en": "en-US",
}  # ours -> of `lang` attributes
_CATALOGUE = Path(__file__).parent / "catalogue"


@lru_cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Section -> key -> wording by language."""
    sections: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted(_CATALOGUE.glob("*.yaml")):  # a section stands in one file alone
        sections |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return sections


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue in one reader's language."""

    language: Language

    @property
    def tag(self) -> Literal["zh-CN", "en-US"]:
        """The language as `lang` attributes name it."""
        return LANGUAGES[self.language]

    def __call__(self, key: str, **values: Any) -> str:
        """The wording of `section.key`, as plain text.

        Raises:
            KeyError: the catalogue lacks the key, or the wording names a value that was not given.
        """
        section, _, rest = key.partition(".")
        wording = catalogue()[section][rest][self.language]
        return wording.format(**values) if values else wording

    def section(self, name: str) -> dict[str, str]:
        """All wordings of a section, for scripts; they fill `{name}` in themselves."""
        return {key: wording[self.language] for key, wording in catalogue()[name].items()}

    def either(self, zh: str, en: str) -> str:
        """Of two texts that arrived in both languages the reader's; where it is empty, the other."""
        return (zh or en) if self.language == "zh" else (en or zh)


def accepted(header: str | None) -> Language:
    """The language to greet a stranger in, from `Accept-Language`: the first of ours that it names, else Chinese."""
    for part in (header or "").lower().split(","):
        tag = part.partition(";")[0].strip()
        for language in LANGUAGES:
            if tag == language or tag.startswith(language + "-"):
                return language
    return "zh"
