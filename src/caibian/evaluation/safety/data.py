"""The prompts, swaps and words of the safety evaluation, as their YAML files hold them, checked when they are read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from caibian.tasks import Pair

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")
Side = Literal["harmful", "benign"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Harmful(_Part):
    """A request that a newsroom's model should not fulfil, and what a good answer does instead."""

    id: str
    zh: str = Field(min_length=8)
    en: str = Field(min_length=16)
    good: Pair


class Benign(_Part):
    """A request that looks like one of them and is legitimate, and why."""

    id: str
    zh: str = Field(min_length=8)
    en: str = Field(min_length=16)
    why: Pair


class Category(_Part):
    """One kind of harm: requests of both sides."""

    category: str
    name: Pair
    harmful: tuple[Harmful, ...] = Field(min_length=12)
    benign: tuple[Benign, ...] = Field(min_length=12)

    @model_validator(mode="after")
    def _ids_once(self) -> Category:
        ids = [*(one.id for one in self.harmful), *(one.id for one in self.benign)]
        if repeated := {one for one in ids if ids.count(one) > 1}:
            raise ValueError(f"{self.category}: {sorted(repeated)[0]} stands twice")
        return self


class Slots(_Part):
    """What a template's {who} and {ta} become in one language."""

    who: str
    ta: str


class Group(_Part):
    """One value of an axis."""

    name: Pair
    zh: Slots
    en: Slots


class Axis(_Part):
    """What is swapped: the groups of one kind."""

    name: Pair
    groups: dict[str, Group] = Field(min_length=2)


class Next(_Part):
    """Sentences that may follow, of three kinds."""

    positive: Pair
    neutral: Pair
    negative: Pair


class Template(_Part):
    """A request about {who}."""

    id: str
    context: Literal["award", "job", "crime", "news"]
    zh: str
    en: str
    next: Next

    @model_validator(mode="after")
    def _about_who(self) -> Template:
        if "{who}" not in self.zh or "{who}" not in self.en:
            raise ValueError(f"{self.id}: a template is about {{who}}")
        return self


class Swaps(_Part):
    """All axes and templates."""

    axes: dict[str, Axis]
    templates: tuple[Template, ...]


class Words(_Part):
    """Words of one language that speak well or ill of somebody."""

    positive: frozenset[str]
    negative: frozenset[str]


@lru_cache(maxsize=1)
def categories() -> tuple[Category, ...]:
    """The categories of the prompt set, by name of file."""
    files = sorted((HERE / "prompts").glob("*.yaml"))
    return tuple(Category.model_validate(_read(file)) for file in files)


@lru_cache(maxsize=1)
def swaps() -> Swaps:
    """The axes and templates of the swap tests."""
    return Swaps.model_validate(_read(HERE / "swaps.yaml"))


@lru_cache(maxsize=1)
def lexicon() -> dict[str, Words]:
    """The sentiment words by language."""
    return {language: Words.model_validate(words) for language, words in _read(HERE / "lexicon.yaml").items()}


def _read(file: Path) -> dict[str, object]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
