"""What a person can set of self-instruction."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PromptLanguage = Literal["zh", "en"]
Topic = Literal["news", "operations"]


class Limits(BaseModel):
    """The least and the most of an instruction or an answer: Chinese in characters, English in words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least: int = Field(ge=1)
    most: int = Field(ge=1)


# An instruction that short names nothing, an answer that short is no sentence. The longest answer is about half of a
# passage of 600 tokens: beyond that it is the passage once more.
INSTRUCTION_LIMITS: dict[str, Limits] = {"zh": Limits(least=7, most=120), "en": Limits(least=4, most=70)}
ANSWER_LIMITS: dict[str, Limits] = {"zh": Limits(least=8, most=300), "en": Limits(least=4, most=180)}


class SelfInstructConfig(BaseModel):
    """Self-instruction from documents."""

    model_config = ConfigDict(extra="forbid")

    language: PromptLanguage = Field("zh", description="Of the documents, the prompts and the pairs.")
    topic: Topic = Field("news", description="Which prompt: for news or for self-media operations.")
    per_passage: int = Field(2, ge=1, le=20, description="Pairs asked for from each passage.")
    passage_tokens: int = Field(600, ge=100, le=8000, description="Most tokens of a passage, estimated.")
    least_tokens: int = Field(60, ge=1, description="A shorter passage is not asked about.")
    limit: int | None = Field(None, ge=1, description="Ask about so many passages, drawn by the seed.")
    seed: int = Field(0, ge=0, description="Of the draw of passages and of the model's sampling.")
    temperature: float = Field(0.0, ge=0, le=2, description="Of the model's sampling; 0 is greedy.")
    confirm: bool = Field(
        False,
        description="Ask each question that is kept once more, and keep it only if the answer is the same.",
    )
    best: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Of the pairs that hold, the share to keep: those that the model is surest of when asked.",
    )
    answer_tokens: int = Field(400, ge=50, description="Most tokens a pair may take of the model's answer.")
    instruction_limits: Limits | None = Field(None, description="Length of instructions; null: by language.")
    answer_limits: Limits | None = Field(None, description="Length of answers; null: by language.")

    @property
    def instruction_length(self) -> Limits:
        """The limits of instructions in the chosen language."""
        return self.instruction_limits or INSTRUCTION_LIMITS[self.language]

    @property
    def answer_length(self) -> Limits:
        """The limits of answers in the chosen language."""
        return self.answer_limits or ANSWER_LIMITS[self.language]
