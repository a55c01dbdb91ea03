"""Which datasets a recipe takes, and what it changes of their cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from caibian.datasets.card import DatasetCard, packaged
from caibian.instructions.balance import Balance

Wording = Literal["native", "english", "both"]


class Caps(BaseModel):
    """The most examples per split, drawn so that labels keep their shares; null keeps all."""

    model_config = ConfigDict(extra="forbid")

    train: int | None = Field(None, ge=0, description="Most training examples.")
    validation: int | None = Field(None, ge=0, description="Most validation examples.")
    test: int | None = Field(None, ge=0, description="Most test examples.")
    extra: int | None = Field(None, ge=0, description="Most examples kept aside.")


class DatasetSettings(BaseModel):
    """One dataset. In a recipe the id of a packaged card will do."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Id of a dataset card; with `base`, the name of your own.")
    base: str | None = Field(
        None, description="The packaged card to begin with, e.g. csv; null: that of `id`."
    )
    path: Path | None = Field(None, description="The file; null: the card's own under the stage's `data`.")
    changes: dict[str, Any] = Field(
        default_factory=dict, description="Keys of the dataset card and their values here."
    )
    max_per_split: Caps = Field(default_factory=Caps, description="The most examples per split.")
    balance: Balance = Field(
        "none",
        description="Labels under the limit of train: none keeps their shares, equal makes them as even as their counts "
        "allow, sqrt stands between; a number is the power of a label's count. Other splits keep their shares.",
    )
    max_input_chars: int | None = Field(
        None,
        ge=20,
        description="Cut every text field behind so many characters, in all splits; null leaves them whole.",
    )
    general: bool = Field(False, description="General data, for mixtures by `mix.general_share`.")

    @model_validator(mode="after")
    def _right(self) -> Self:
        self.card  # noqa: B018  (refuses what is wrong)
        return self

    @property
    def card(self) -> DatasetCard:
        """The dataset card with the recipe's changes."""
        base = packaged().get(self.base or self.id)
        if base is None:
            raise ValueError(
                f"no dataset card {self.base or self.id!r}; there are: {', '.join(sorted(packaged()))}"
            )
        try:
            return DatasetCard.model_validate(
                {**base.model_dump(), **self.changes, "id": self.id, "path": self.path}
            )
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise ValueError(f"changes.{where}: {first['msg'].removeprefix('Value error, ')}") from None
