"""Settings of a task evaluation."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from caibian.evaluation.tasks.ways import Way


class TasksConfig(BaseModel):
    """How models are asked and measured."""

    model_config = ConfigDict(extra="forbid")

    way: Way = Field("scored", description="How a label is had from a model: free, constrained or scored.")
    shots: int = Field(0, ge=0, description="Training examples before each question, as earlier turns.")
    limit: int | None = Field(
        None, gt=0, description="Items of each test split, drawn by the seed; null: all."
    )
    llamalens: bool = Field(False, description="Read free answers as LlamaLens does.")
    seed: int = Field(0, description="Of draws, splits and bootstrap.")
    resamples: int = Field(2000, ge=100, description="Bootstrap resamples behind every interval.")
    confidence: float = Field(0.95, gt=0.5, lt=1.0, description="Share of the bootstrap inside an interval.")
    shard: int = Field(
        256,
        gt=0,
        description="Items asked together and kept as one file; an interrupted run repeats at most one.",
    )
    batch_tokens: int = Field(
        24_576, gt=0, description="Tokens of prompts and answers held at the same time; bounds memory."
    )
    invalid_examples: int = Field(5, ge=0, description="Invalid answers shown for each system and set.")

    @model_validator(mode="after")
    def _llamalens_is_free(self) -> Self:
        if self.llamalens and self.way != "free":
            raise ValueError(
                f"llamalens: reads freely generated answers, so way must be free, got {self.way}"
            )
        return self
