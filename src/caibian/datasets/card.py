"""`DatasetCard`: a labelled dataset as data: where its columns are, what its labels mean, how it is split.

With the task card that it names, a dataset card turns every row into an Example. The labels and their spelling stand
here, never in the data: a label that only a test split holds is a surprise to be counted, not a class.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from caibian.errors import ConfigError
from caibian.records import Language

Capability = Literal["news_analysis", "claims_and_truth", "safety", "people_and_feelings", "writing"]
Target = Literal["train", "validation", "test", "extra", "drop"]


class Labels(BaseModel):
    """One label of the task card: how the data spells it, and what the publisher means by it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    published: Annotated[
        list[str], BeforeValidator(lambda value: value if isinstance(value, list) else [value])
    ] = Field(min_length=1, description="spellings; case, spaces and hyphens do not count")
    zh: str = Field("", description="the publisher's definition in Chinese, short")
    en: str = Field("", description="the publisher's definition in English, short")


class Shares(BaseModel):
    """Shares of a dataset that has no split of its own; they add up to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: float = Field(0.7, gt=0)
    validation: float = Field(0.1, ge=0)
    test: float = Field(0.2, ge=0)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(self.train + self.validation + self.test - 1) > 1e-6:
            raise ValueError(
                f"train + validation + test is {self.train + self.validation + self.test:g}, must be 1"
            )
        return self


class DatasetCard(BaseModel):
    """One dataset as one task reads it. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_.-]*$", description="names the dataset in examples and reports")
    name: dict[str, str] = Field(default_factory=dict, description="for people, by language")
    card: str = Field(description="id of the task card whose job the rows are")
    task: str = Field("", description="the task type of the literature, e.g. hate speech")
    capability: Capability | None = None
    language: Language
    file: str | None = Field(
        None, description="file name under the recipe's `data` folder; Parquet, CSV or JSONL"
    )
    path: Path | None = Field(None, description="the file itself, where it is not under `data`")
    fields: dict[str, str] = Field(
        {"text": "text"}, min_length=1, description="the task card's input field -> column"
    )
    label: str | None = Field(None, description="column of the label")
    labels: dict[str, Labels] = Field(
        default_factory=dict,
        description="the task card's label id -> how the data spells it; empty: as the task card words its labels",
    )
    output: str | None = Field(
        None, description="column of the text to write, where the task card's output is a text"
    )
    strip: dict[str, str] = Field(
        default_factory=dict,
        description="column -> regular expression (RE2) of what does not belong to its text",
    )
    split: str | None = Field("split", description="column of the publisher's split; null: there is none")
    splits: dict[str, Target] = Field(
        {"train": "train", "dev": "validation", "validation": "validation", "test": "test"},
        description="the publisher's splits -> ours; extra: kept aside in extra.parquet, drop: left out",
    )
    shares: Shares = Field(
        default_factory=Shares, description="used for rows whose split is `all`, or without a split column"
    )
    validation_share: float = Field(
        0.1, ge=0, lt=1, description="share of train kept as validation where the publisher gives none"
    )
    group: str | None = Field(
        None, description="column whose equal values stay on one side of a split of ours"
    )
    by_time: str | None = Field(
        None, description="column of a time: a split of ours puts the newest into test"
    )
    licence: str = "not stated"
    source: str = Field("", description="publication or page, for people")
    public: bool = Field(True, description="false: no public data behind this card; a house brings its own")

    @model_validator(mode="after")
    def _one_output(self) -> Self:
        if (self.label is None) == (self.output is None):
            raise ValueError("needs either label or output, the column of what the model is to answer")
        if self.group and self.by_time:
            raise ValueError("group and by_time cannot both decide the split")
        return self

    @property
    def columns(self) -> list[str]:
        """The columns that are read, each once."""
        named = [*self.fields.values(), self.label, self.output, self.split, self.group, self.by_time]
        return list(dict.fromkeys(name for name in named if name is not None))

    def published(self) -> dict[str, str]:
        """Folded published spelling -> label id."""
        return {fold_label(word): label for label, one in self.labels.items() for word in one.published}

    @model_validator(mode="after")
    def _labels_apart(self) -> Self:
        owner: dict[str, str] = {}
        for label, one in self.labels.items():
            for word in one.published:
                if owner.setdefault(fold_label(word), label) != label:
                    raise ValueError(
                        f"labels.{label}: {word!r} is also a spelling of {owner[fold_label(word)]}"
                    )
        return self


def fold_label(text: str) -> str:
    """A published label as it is compared: case does not count, nor spaces, hyphens and underscores inside it."""
    return re.sub(r"(?<=\w)[\s_-]+(?=\w)", "", text.strip().casefold().replace("_", " "))


@cache
def packaged() -> dict[str, DatasetCard]:
    """The dataset cards of the house by id.

    Raises:
        ConfigError: one of them is wrong; each mistake a line with file, card and field.
    """
    files = sorted(
        resources.files("caibian.datasets").joinpath("cards").iterdir(), key=lambda file: file.name
    )
    return read_cards(
        (file.name, file.read_text(encoding="utf-8")) for file in files if file.name.endswith(".yaml")
    )


def read_cards(files: Any) -> dict[str, DatasetCard]:
    """Dataset cards out of (name, text) of YAML files; every mistake of every file is reported at once."""
    problems: list[str] = []
    cards: dict[str, DatasetCard] = {}
    for name, text in files:
        try:
            entries = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError as error:
            problems.append(f"{name}: {' '.join(str(error).split())}")
            continue
        if not isinstance(entries, list):
            problems.append(f"{name}: must be a list of dataset cards (`- id: …`)")
            continue
        for position, entry in enumerate(entries):
            where = f"{name}: {entry.get('id', position + 1) if isinstance(entry, dict) else position + 1}"
            try:
                card = DatasetCard.model_validate(entry)
            except ValidationError as error:
                problems += [
                    f"{where}: {'.'.join(map(str, e['loc'])) or 'card'}: {e['msg'].removeprefix('Value error, ')}"
                    for e in error.errors()
                ]
                continue
            if card.id in cards:
                problems.append(f"{where}: id: stands twice")
            cards[card.id] = card
    if problems:
        raise ConfigError("dataset cards: {} to mend\n  {}".format(len(problems), "\n  ".join(problems)))
    return cards


__all__ = ["DatasetCard", "Labels", "Shares", "fold_label", "packaged", "read_cards"]
