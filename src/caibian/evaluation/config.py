"""Settings of the evaluation stage."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Tokens an answer may have, by kind of card. A lead of 120 Chinese characters takes about 80 tokens; a label
# takes 2 to 6, and 12 leave room for "情感：正面。" from a model that is not tuned.
_MAX_TOKENS = {"text": 128, "label": 12}


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
        default_factory=lambda: dict(_MAX_TOKENS),
        description="Longest answer in tokens, by kind of card (`text`, `label`) or by card id, which wins.",
    )
    batch_tokens: int = Field(
        8192, gt=0, description="Tokens in one batch of the `transformers` backend, padding included."
    )
    shard: int = Field(
        25,
        gt=0,
        description="Examples generated together and saved as one file; an interrupted run repeats at most "
        "one. Part of the result: bf16 sums depend on what stands in a batch.",
    )
    backend: str = Field(
        "transformers", description="What generates: transformers, llama.cpp, openai or scripted."
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

    def tokens_for(self, card: str, kind: str) -> int:
        """The longest answer of one card, in tokens."""
        return self.max_tokens.get(card) or self.max_tokens.get(kind) or _MAX_TOKENS.get(kind, 128)
