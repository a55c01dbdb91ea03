"""Which ways of augmenting are on, and how strongly: every way is off until it is given `times`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from caibian.records import Language

EntityKind = Literal["person", "place", "number"]
NoiseKind = Literal["lookalikes", "homophones", "punctuation", "width", "keyboard", "doubled"]
MODEL_METHODS = ("paraphrase", "back_translation")
METHODS = (*MODEL_METHODS, "synonyms", "entities", "noise")

# Labels that stand whoever and wherever a text is about; those of rumours, sections or events do not.
_ENTITIES_DO_NOT_MATTER = (
    "sentiment.news",
    "sentiment.post",
    "sentiment.target",
    "emotion.post",
    "subjectivity.sentence",
    "propaganda.sentence",
    "checkworthy.claim",
    "claim.factual",
    "stance.pair",
)
# Labels that lie in the choice of words: other words may carry another label.
_WORDS_MATTER = ("subjectivity.sentence", "propaganda.sentence")


class Amount(BaseModel):
    """How many new examples one way makes."""

    model_config = ConfigDict(extra="forbid")

    times: float = Field(
        0.0, ge=0, le=20,
        description="New examples for each training example: 0.3 makes one of three in ten, 2 makes two of each, 0 is off.",
    )  # fmt: skip


class ModelAmount(Amount):
    """A way that asks a model."""

    temperature: float = Field(
        0.7, ge=0, le=2, description="Of the model; 0 says the same each time, so that little varies but the prompt."
    )  # fmt: skip
    max_tokens: int = Field(
        1024, gt=0, description="Longest text of the model; what is cut off there is dropped."
    )
    batch: int = Field(32, gt=0, description="Texts given to the model at once.")


class BackTranslation(ModelAmount):
    """Into another language and back."""

    through: dict[Language, Language] = Field(
        {"zh": "en", "en": "zh", "ar": "en", "hi": "en"},
        description="Language of the text -> the language it is put into and brought back from.",
    )

    @field_validator("through")
    @classmethod
    def _another(cls, value: dict[Language, Language]) -> dict[Language, Language]:
        for one, other in value.items():
            if one == other:
                raise ValueError(f"{one}: goes through itself")
        return value


class Synonyms(Amount):
    """Other words of the same meaning, from small lexicons of our own (zh, en)."""

    strength: float = Field(
        0.3, gt=0, le=1, description="Share of the words with a synonym that is replaced."
    )


class Entities(Amount):
    """Other people, places and numbers, the same ones in input and answer."""

    kinds: list[EntityKind] = Field(
        ["person", "place", "number"],
        min_length=1,
        description="What is replaced. People and places: in Chinese texts.",
    )
    label_cards: list[str] = Field(
        list(_ENTITIES_DO_NOT_MATTER),
        description="Label cards whose labels do not depend on who, where and how many.",
    )


class Noise(Amount):
    """Slips of scanners and typists that leave facts and denials alone."""

    strength: float = Field(
        0.03, gt=0, le=0.3, description="Share of the characters that is touched; at least one."
    )
    kinds: list[NoiseKind] = Field(
        ["lookalikes", "homophones", "punctuation", "width", "keyboard", "doubled"],
        min_length=1,
        description="lookalikes: what scanners mistake; homophones: what typists of Chinese mistake; punctuation: a mark "
        "is missing; width: full-width for half-width and the reverse, in Chinese; keyboard: a neighbouring Latin letter; "
        "doubled: a character twice.",
    )


class AugmentSettings(BaseModel):
    """More training examples out of few. All is off by default."""

    model_config = ConfigDict(extra="forbid")

    paraphrase: ModelAmount = Field(
        default_factory=ModelAmount, description="The input in other words, by a model."
    )
    back_translation: BackTranslation = Field(
        default_factory=BackTranslation, description="The input into another language and back, by a model."
    )
    synonyms: Synonyms = Field(
        default_factory=Synonyms, description="Words of the input replaced by synonyms."
    )
    entities: Entities = Field(
        default_factory=Entities, description="People, places and numbers replaced in input and answer alike."
    )
    noise: Noise = Field(default_factory=Noise, description="Slips of the pen in the input.")
    cards: list[str] | None = Field(None, description="Only examples of these task cards; null: of all.")
    only_below: int | None = Field(
        None, gt=0, description="Only where a card has fewer training examples than this out of one dataset; null: all."
    )  # fmt: skip
    wording_cards: list[str] = Field(
        list(_WORDS_MATTER),
        description="Cards whose labels lie in the choice of words: no paraphrase, back-translation or synonyms.",
    )

    @property
    def methods(self) -> tuple[str, ...]:
        """The ways that are on, in the order in which they are taken."""
        return tuple(name for name in METHODS if self.amount(name).times > 0)

    @property
    def needs_model(self) -> bool:
        """Whether one of the ways asks a model."""
        return bool({*MODEL_METHODS} & {*self.methods})

    def amount(self, method: str) -> Amount:
        """The settings of one way."""
        found = getattr(self, method)
        assert isinstance(found, Amount)
        return found

    @model_validator(mode="after")
    def _cards_are_known(self) -> Self:
        given = {
            f"{name}": getattr(self, name) or []
            for name in ("cards", "wording_cards")
            if name in self.model_fields_set
        }
        if "label_cards" in self.entities.model_fields_set:
            given["entities.label_cards"] = self.entities.label_cards
        for field, ids in given.items():
            from caibian.tasks import load_cards

            if unknown := [one for one in ids if one not in load_cards()]:
                raise ValueError(f"{field}: no task card {unknown[0]!r}")
        return self
