"""Settings of the evaluation stage."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from caibian.tasks.lengths import answer_tokens


class BaselinesConfig(BaseModel):
    """Which simple methods stand beside the model in the table."""

    model_config = ConfigDict(extra="forbid")

    first_sentence: bool = Field(
        True,
        description="Text cards: the first sentence of the input, as it is and cut to the card's length.",
    )
    majority: bool = Field(True, description="Label cards: the commonest label of the training examples.")
    tfidf: bool = Field(
        True,
        description="Label cards: logistic regression over TF-IDF character n-grams of the training examples.",
    )
    tfidf_articles: bool = Field(
        True,
        description="The same, trained on every labelled training article of the corpus instead of the "
        "(fewer) examples the model was tuned on; only where the run has a corpus stage.",
    )
    random: bool = Field(True, description="Label cards: a label drawn evenly, by the seed.")


class EvaluationConfig(BaseModel):
    """How the model before and after tuning is measured on the held-out examples."""

    model_config = ConfigDict(extra="forbid")

    max_per_card: int = Field(100, gt=0, description="Held-out examples of each card, drawn by the seed.")
    max_tokens: dict[str, Annotated[int, Field(gt=0)]] = Field(
        default_factory=dict,
        description="Longest answer in tokens, by kind of card (text, label, json) or by card id, which wins; "
        "by default what the card's longest text can take, and 12 for a label.",
    )
    batch_tokens: int = Field(
        24_576,
        gt=0,
        description="Tokens of prompts and answers held at the same time; bounds memory (about 300 MB of keys "
        "and values for a model of 0.5 billion parameters).",
    )
    shard: int = Field(
        50,
        gt=0,
        description="Examples generated together and saved as one file; an interrupted run repeats at most "
        "one. Part of the result: bf16 sums depend on what stands in a batch.",
    )
    backend: Literal["transformers"] = Field(
        "transformers", description="What generates: the one that takes the adapter as it was trained."
    )
    also: dict[str, Path] = Field(
        default_factory=dict,
        description="More adapters to stand beside the model in the table, by name: an adapter folder, or a run whose training "
        "made one, on the same base model.",
    )
    resamples: int = Field(2000, ge=100, description="Bootstrap resamples behind every interval.")
    confidence: float = Field(0.95, gt=0.5, lt=1.0, description="Share of the bootstrap inside an interval.")
    samples: int = Field(20, ge=0, description="Answers shown side by side, drawn evenly over the cards.")
    baselines: BaselinesConfig = Field(
        default_factory=BaselinesConfig, description="Simple methods beside the model."
    )
    seed: int | None = Field(
        None, description="Seed of draws and bootstrap; by default the recipe's own seed."
    )

    @field_validator("also")
    @classmethod
    def _names_apart(cls, value: dict[str, Path]) -> dict[str, Path]:
        taken = {"before", "after", "reference", *BaselinesConfig.model_fields}
        if clash := sorted(taken & set(value)):
            raise ValueError(f"{clash[0]} is the name of a system that stands there already; choose another")
        return value

    def tokens_for(self, card: str, kind: str, max_chars: Mapping[str, int]) -> int:
        """The longest answer of one card, in tokens; `max_chars` are the card's limits by language."""
        whole = card.partition("@")[0]  # of a card narrowed to a dataset
        if set_here := self.max_tokens.get(card) or self.max_tokens.get(whole) or self.max_tokens.get(kind):
            return set_here
        return answer_tokens(kind, max_chars)
