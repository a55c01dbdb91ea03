"""`TaskCard`: one job an editor gives the model, as data.

Everything about a task stands in its card: what the answer may do, what goes in, what must come out, how it is
asked, which automatic checks refuse it, what a judge looks at, and examples of good and bad.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from caibian.records import Language
from caibian.text import characters

Category = Literal["creation", "rewriting", "understanding", "qa"]
Kind = Literal["text", "label", "json"]
NARROWED = "@"  # between a card's id and the dataset to which it was narrowed
PLACEHOLDERS = ("max_chars", "min_chars", "labels")
"""What an instruction may hold in braces; `prompt.instruction` fills it from the output specification."""

REQUIRED_LANGUAGES: tuple[Language, ...] = ("zh", "en")

# Names of the usual input fields; a card with another field gives its names itself.
FIELD_NAMES: dict[str, tuple[str, str]] = {
    "article": ("正文", "Story"),
    "title": ("标题", "Headline"),
    "angle": ("角度", "Angle"),
    "facts": ("事实", "Facts"),
    "question": ("问题", "Question"),
    "audience": ("读者", "Audience"),
    "style": ("风格", "Style"),
    "topic": ("话题", "Topic"),
    "text": ("文本", "Text"),
    "material": ("材料", "Material"),
    "platform": ("平台", "Platform"),
    "target": ("对象", "Target"),
    "claim": ("说法", "Claim"),
    "notes": ("笔记", "Notes"),
}


def size(text: str, language: str) -> int:
    """The length that limits are about: characters, in Chinese without spaces."""
    return len(characters(text)) if language == "zh" else len(text.strip())


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Words = Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(_as_list), Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pair(_Part):
    """One wording in Chinese and in English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class May(_Part):
    """What the answer may do to its source."""

    add_views: bool = Field(description="opinions that the source does not hold")
    alter_facts: bool = Field(description="facts that the source does not hold, as in fiction or satire")


class InputField(_Part):
    """One thing the editor gives; YAML may say just `required` or `optional` for the usual fields."""

    use: Literal["required", "optional"]
    name: Pair


class LabelWording(_Part):
    """How one label is worded: the first of each language is the one to answer with, the rest are also read."""

    zh: Words
    en: Words
    ar: Words | None = None
    hi: Words | None = None

    def words(self, language: str) -> list[str]:
        """The wordings in one language, none where the card has none."""
        return getattr(self, language, None) or []

    def all_words(self) -> list[str]:
        """The wordings in all languages."""
        return [word for language in ("zh", "en", "ar", "hi") for word in self.words(language)]


class Headings(_Part):
    """Headings that must open a line each, in this order, in both languages."""

    zh: Words
    en: Words


class Form(_Part):
    """A pattern that the answer must hold, or must not, and what it asks for in words.

    One pattern may serve both languages: YAML may give it as a string. Patterns are Python regular expressions,
    searched in the whole answer with `^` and `$` at line ends.
    """

    pattern: Annotated[
        Pair, BeforeValidator(lambda value: {"zh": value, "en": value} if isinstance(value, str) else value)
    ]
    asks: Pair
    absent: bool = Field(False, description="the pattern must not be found")
    times: int = Field(1, ge=1, description="found at least so often")

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        for language, pattern in (("zh", self.pattern.zh), ("en", self.pattern.en)):
            try:
                re.compile(pattern, re.MULTILINE)
            except re.error as error:
                raise ValueError(
                    f"pattern.{language}: no regular expression ({error}), got {pattern!r}"
                ) from None
        return self


class ShareOfSource(_Part):
    """How long an answer is, as a share of its source's characters."""

    min: float | None = Field(None, gt=0)
    max: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("needs min or max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min: {self.min} is more than max ({self.max})")
        return self


class OutputSpec(_Part):
    """What the answer must look like. Lengths are in characters (Chinese: without spaces)."""

    kind: Kind
    language: Language | Literal["same"] = "same"
    max_chars: dict[Language, Annotated[int, Field(gt=0)]] | None = None
    min_chars: dict[Language, Annotated[int, Field(gt=0)]] | None = None
    min_lines: int | None = Field(None, gt=0, description="the fewest lines; empty ones do not count")
    lines: int | None = Field(None, gt=0, description="the most lines; empty ones do not count")
    line_chars: dict[Language, Annotated[int, Field(gt=0)]] | None = Field(
        None, description="the longest line, in characters"
    )
    sections: Headings | None = None
    format: list[Form] = Field(default_factory=list)
    share_of_source: ShareOfSource | None = None
    script: Literal["simplified", "traditional"] | None = Field(None, description="of Chinese characters")
    verbatim: list[str] = Field(
        default_factory=list,
        description="JSON properties, at any depth, whose strings must stand in the source word for word",
    )
    labels: dict[str, LabelWording] = Field(default_factory=dict, description="canonical id -> wordings")
    json_schema: dict[str, Any] | None = None

    def limits(self, language: str) -> tuple[int | None, int | None]:
        """The least and the most characters of an answer in one language; None where there is no limit."""
        least = {str(name): limit for name, limit in (self.min_chars or {}).items()}
        most = {str(name): limit for name, limit in (self.max_chars or {}).items()}
        return least.get(language), most.get(language)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "label" and len(self.labels) < 2:
            raise ValueError("labels: a label card needs at least two labels")
        if self.kind != "label" and self.labels:
            raise ValueError(f"labels: only for kind label, not {self.kind}")
        if self.kind == "text" and not set(REQUIRED_LANGUAGES) <= set(self.max_chars or {}):
            raise ValueError("max_chars: a text card needs a limit for zh and for en")
        if (self.kind == "json") != (self.json_schema is not None):
            raise ValueError(f"json_schema: needed for kind json and only there, kind is {self.kind}")
        for language, least in (self.min_chars or {}).items():
            most = (self.max_chars or {}).get(language)
            if most is not None and least > most:
                raise ValueError(f"min_chars.{language}: {least} is more than max_chars ({most})")
        if self.lines is not None and (self.min_lines or 1) > self.lines:
            raise ValueError(f"min_lines: {self.min_lines} is more than lines ({self.lines})")
        if self.verbatim and self.kind != "json":
            raise ValueError(f"verbatim: only for kind json, not {self.kind}")
        return self


class Rubric(_Part):
    """What a judge looks at: names of general dimensions (`rubric.yaml`), and this card's own in both languages."""

    general: list[str] = Field(min_length=1)
    specific: dict[str, Pair] = Field(min_length=1)


class GoodExample(_Part):
    """An input and an answer that an editor would print."""

    language: Language = "zh"
    input: dict[str, str]
    answer: str = Field(min_length=1)


class BadExample(_Part):
    """An answer to the same input that a check refuses, and why."""

    answer: str
    refused_by: str
    why: Pair


class Examples(_Part):
    """One good answer and at least two bad ones to the same input."""

    good: GoodExample
    bad: list[BadExample] = Field(min_length=2)


Part = Literal["title", "body", "facts_table", "brief", "notes", "press_release"]
MADE_PARTS: tuple[Part, ...] = ("facts_table", "brief", "notes", "press_release")


class Build(_Part):
    """How examples are made from an archive: which part of an article is the output, which are the input.

    output: `title`, `lead` (the published summary, or the first paragraph), `body` (the story as published) or
    `label.NAME` (an article's published label). input: card field -> parts of the article, joined by line breaks. For a
    title, a lead or a label these are `title` and `body`; where the output is the title or the lead, it is removed from
    every part. For a body they are made from it, backwards: `facts_table`, `brief`, `notes`, `press_release`.
    """

    output: str = Field(pattern=r"^(title|lead|body|label\.[a-z][a-z0-9_]*)$")
    input: dict[str, Annotated[list[Part], BeforeValidator(_as_list)]] = Field(min_length=1)
    min_input_chars: int = Field(50, ge=1, description="an input shorter than this cannot bear the output")

    @model_validator(mode="after")
    def _made_for_a_body(self) -> Self:
        for field, parts in self.input.items():
            if wrong := [part for part in parts if (part in MADE_PARTS) != (self.output == "body")]:
                raise ValueError(f"input.{field}: {wrong[0]} does not go with the output {self.output}")
        return self


class TaskCard(_Part):
    """One editorial task. Unknown keys are refused."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$")
    name: Pair
    category: Category
    may: May
    input: dict[str, InputField] = Field(min_length=1)
    output: OutputSpec
    instructions: dict[Language, list[str]]
    checks: list[str] = Field(min_length=1)
    rubric: Rubric
    examples: Examples
    build: Build | None = Field(None, description="None: this card's examples do not come from articles")

    @model_validator(mode="before")
    @classmethod
    def _name_usual_fields(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("input"), dict):
            return data
        fields: dict[str, Any] = {}
        for field, value in data["input"].items():
            if isinstance(value, str):
                value = {"use": value}
            if isinstance(value, dict) and "name" not in value and field in FIELD_NAMES:
                zh, en = FIELD_NAMES[field]
                value = {**value, "name": {"zh": zh, "en": en}}
            fields[field] = value
        return {**data, "input": fields}

    def narrowed(self, labels: Sequence[str], to: str) -> TaskCard:
        """The card as one dataset knows it: with some of its labels, and the dataset's name behind its own.

        Raises:
            ValueError: a label is none of the card's.
        """
        if unknown := [label for label in labels if label not in self.output.labels]:
            raise ValueError(
                f"{self.id} has no label {unknown[0]!r}; it has: {', '.join(self.output.labels)}"
            )
        kept = {label: self.output.labels[label] for label in labels}
        return self.model_copy(
            update={
                "id": f"{self.id}{NARROWED}{to}",
                "name": Pair(zh=f"{self.name.zh}（{to}）", en=f"{self.name.en} ({to})"),
                "output": self.output.model_copy(update={"labels": kept}) if kept else self.output,
            }
        )
