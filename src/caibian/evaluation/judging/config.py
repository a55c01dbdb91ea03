"""Settings of judge ranking."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class JudgeConfig(BaseModel):
    """How judges are asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repeats: int = Field(
        2, ge=1, description="Askings of each item; every second one shows the seats reversed."
    )
    reference: bool = Field(False, description="Show the published text to judges.")
    empty: bool = Field(True, description="Seat an empty answer first.")
    json_schema: bool = Field(True, description="Hold the judge to a schema; off for servers that know none.")
    answer_chars: int = Field(4000, ge=100, description="Longest part of an answer that is shown.")
    source_chars: int = Field(
        8000, ge=100, description="Longest part of an input or of a published text that is shown."
    )
    max_tokens: int = Field(400, ge=32, description="Longest verdict.")
    seed: int = Field(0, ge=0, description="Of seats, draws and resamples.")
