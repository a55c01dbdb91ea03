"""Settings of the export stage."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Tolerances(BaseModel):
    """Largest mean |Δ log-probability| per answer token, in nats, that an exported model may show."""

    model_config = ConfigDict(extra="forbid")

    f16: float = Field(0.02, gt=0, description="Merged weights in half precision.")
    q8_0: float = Field(0.05, gt=0, description="Merged weights in 8 bits.")
    adapter: float = Field(0.10, gt=0, description="The adapter on the quantised base.")


class ExportConfig(BaseModel):
    """GGUF files for llama.cpp, each verified against the trained model."""

    model_config = ConfigDict(extra="forbid")

    merged: list[Literal["f16", "q8_0"]] = Field(
        default_factory=list, description="Whole models to write beside the adapter, adapter merged in."
    )
    verify_prompts: int = Field(32, gt=0, description="Held-out examples that every file must score alike.")
    control_prompts: int = Field(
        4,
        gt=0,
        description="Of these, how many are scored with the adapter at twice its scale, which must fail.",
    )
    max_prompt_chars: int = Field(
        600, gt=0, description="Longer prompts are not used for verification: they add seconds, not evidence."
    )
    tolerances: Tolerances = Field(
        default_factory=Tolerances, description="What still counts as the same model."
    )
    threads: int | None = Field(None, gt=0, description="Processor threads; null takes every physical core.")
