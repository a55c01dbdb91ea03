"""Settings of the instructions stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from caibian.instructions.augment.config import AugmentSettings
from caibian.instructions.balance import Balance
from caibian.instructions.labelled.config import DatasetSettings, Wording
from caibian.instructions.mix import MixSettings
from caibian.records import Language

FactKind = Literal["number", "date", "name", "quote"]


class SplitLimits(BaseModel):
    """The most examples per split; null keeps all."""

    model_config = ConfigDict(extra="forbid")

    train: int | None = Field(None, ge=0, description="Most training examples.")
    validation: int | None = Field(None, ge=0, description="Most validation examples.")
    test: int | None = Field(None, ge=0, description="Most test examples.")


class LessonSettings(BaseModel):
    """What is asked of a card's training examples alone; validation and test stay as the archive has them."""

    model_config = ConfigDict(extra="forbid")

    min_title_overlap: float = Field(
        0.0, ge=0, le=1,
        description="Least share of the headline's character pairs (words outside Chinese) that a text output must hold. "
        "On a lead card 0.5 keeps the leads that headlines are written from and leaves out anecdotes and scene-setting, "
        "which a small model takes as leave to invent.",
    )  # fmt: skip
    max_output_chars: int | None = Field(
        None, gt=0, description="Longest text output, in characters as the card counts them; null takes the card's limit."
    )  # fmt: skip
    number_share: float | None = Field(
        None, gt=0, le=1,
        description="Least share of text outputs with a number; texts without one are left out to reach it, first those "
        "whose input holds a number. A model that learns to be short learns to drop figures first: what a desk wants in "
        "its headlines it has to show.",
    )  # fmt: skip
    verbatim_numbers: bool = Field(
        False,
        description="Leave out text outputs with a number that their input does not hold as it is written there. Editors "
        "round and reckon (523.1万 to 逾500万, two wins to 两连胜); a small model that is shown it does so wrongly.",
    )


class CardSettings(BaseModel):
    """One card and what holds for it alone. In a recipe its id will do."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Id of a task card, e.g. headline.news.")
    max_per_split: SplitLimits = Field(
        default_factory=SplitLimits, description="The most examples per split."
    )
    max_input_chars: int | None = Field(
        None, gt=0, description="Longest input of this card; null takes the stage's."
    )
    min_input_chars: int | None = Field(
        None, gt=0, description="Shortest input; null takes the card's `build.min_input_chars`."
    )
    balance: Balance = Field(
        "sqrt",
        description="Labels in training: none keeps the archive's shares, equal makes them even, sqrt stands between; a number "
        "is the power of a label's count that its share goes by: 1 is none, 0.5 is sqrt, 0 is equal. "
        "Only leaves examples out, never repeats them. Validation and test always keep the archive's shares.",
    )
    min_coverage: float = Field(
        0.0, ge=0, le=1,
        description="Least share of a text output's character pairs (words outside Chinese) that the input must hold "
        "as the model sees it, cut and without the output. Below it an answer would be a guess: no lesson in training "
        "and no test of a model, so it holds for every split.",
    )  # fmt: skip
    lessons: LessonSettings = Field(
        default_factory=LessonSettings, description="What is asked of training examples alone."
    )
    plain_news: bool = Field(
        True,
        description="Where the output is a title or a lead, refuse pages that are no news report: questions, "
        "exclamations, adverts, forum talk. Turn it off for the copy of a wire or a desk.",
    )

    @field_validator("id")
    @classmethod
    def _known_card(cls, value: str) -> str:
        from caibian.errors import ConfigError
        from caibian.tasks import card

        try:
            found = card(value)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        if found.build is None:
            raise ValueError(f"the card {value} does not say how to build examples from articles (`build`)")
        return value


class InstructionsConfig(BaseModel):
    """Articles in, examples out."""

    model_config = ConfigDict(extra="forbid")

    cards: list[CardSettings] | None = Field(
        None,
        description="The tasks to build examples for out of the corpus: ids, or ids with settings. Null takes the cards for "
        "headlines, leads and sentiment, or none where there are datasets.",
    )
    datasets: list[DatasetSettings] = Field(
        default_factory=list,
        description="Labelled datasets to build examples of: ids of dataset cards, or ids with settings.",
    )
    data: Path | None = Field(
        None,
        description="The folder that holds the files which dataset cards name; null: every dataset has a path.",
    )
    wording: Wording = Field(
        "native",
        description="Instructions to datasets: in the language of the data (native), in english, or both by halves.",
    )
    pool: Path | None = Field(
        None, description="A YAML file of more wordings, as `caibian instruct pool` makes it; for datasets."
    )
    mix: MixSettings | None = Field(
        None,
        description="Order and proportions of training examples; null: shuffled, all of them.",
    )
    dataset: str | None = Field(
        None, description="Name of the data in the examples; null takes each article's source, or `articles`."
    )
    languages: list[Language] | None = Field(None, description="Languages to build; null builds all.")
    max_input_chars: int = Field(
        300,
        ge=50,
        description="Longest input in characters; longer ones are cut, at a sentence's end if possible.",
    )
    require_supported: list[FactKind] = Field(
        ["number", "date"],
        description="Training outputs with a fact of these kinds that their input does not hold are left out, lest the "
        "model learn to invent. Validation and test keep them.",
    )
    supporting_window: bool = Field(
        True,
        description="In training, where the cut input lacks a number or date of the output that the full text has, let "
        "the sentence that has it take the place of the last ones. Never done in validation and test.",
    )
    min_title_overlap: float = Field(
        0.2, ge=0, le=1,
        description="Least share of a title's character pairs (words outside Chinese) that its body must hold; "
        "below it, title and body are of different stories. For a lead, half of it is asked of lead and title.",
    )  # fmt: skip
    augment: AugmentSettings = Field(
        default_factory=AugmentSettings,
        description="More training examples out of those there are; all ways are off.",
    )
    augment_model: str | None = Field(
        None,
        description="Who paraphrases and translates: a registered model, a path or a URL; null: the recipe's.",
    )
    title_similarity: float = Field(
        0.8, gt=0, le=1,
        description="Jaccard similarity of two-character shingles from which two headlines count as one story's.",
    )  # fmt: skip
    min_examples: int = Field(
        1, ge=1, description="Fewer training examples than this, of any card, is an error."
    )
    seed: int | None = Field(
        None, ge=0, description="Seed of draws and instruction variants; null: the recipe's."
    )

    @property
    def tasks(self) -> list[CardSettings]:
        """The cards to build out of the corpus."""
        if self.cards is not None:
            return self.cards
        names = () if self.datasets else ("headline.news", "lead.news", "sentiment.news")
        return [CardSettings(id=name) for name in names]

    @property
    def upstreams(self) -> tuple[str, ...]:
        """The stages that these settings build on."""
        return ("corpus",) if self.tasks else ()

    @field_validator("cards", "datasets", mode="before")
    @classmethod
    def _bare_ids(cls, value: Any) -> Any:
        return (
            [{"id": one} if isinstance(one, str) else one for one in value]
            if isinstance(value, list)
            else value
        )

    @field_validator("cards")
    @classmethod
    def _once_each(cls, value: list[CardSettings] | None) -> list[CardSettings] | None:
        _refuse_repeated("card", [one.id for one in value or ()])
        return value

    @field_validator("datasets")
    @classmethod
    def _each_once(cls, value: list[DatasetSettings]) -> list[DatasetSettings]:
        _refuse_repeated("dataset", [one.id for one in value])
        return value

    @model_validator(mode="after")
    def _something_to_build(self) -> Self:
        if not self.tasks and not self.datasets:
            raise ValueError("cards and datasets are both empty: nothing would be built")
        for one in self.datasets:
            if one.path is None:
                file = one.card.file
                if file is None or self.data is None:
                    raise ValueError(
                        f"datasets.{one.id}: no file; give it a path"
                        + (f", or data: the folder that holds {file}" if file else "")
                    )
                one.path = self.data / file
        return self


def _refuse_repeated(what: str, names: list[str]) -> None:
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"the {what} {repeated[0]} stands twice")
