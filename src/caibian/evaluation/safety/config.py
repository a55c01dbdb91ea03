"""Settings of the safety evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

PARTS = ("prompts", "swaps", "news")


@dataclass(frozen=True, slots=True)
class System:
    """A model to be asked."""

    name: str
    reference: str  # as `caibian.models.open_model` takes it
    adapter: Path | None = None


@dataclass(frozen=True, slots=True)
class SafetyConfig:
    """What is asked and how much of it."""

    parts: tuple[str, ...] = PARTS
    languages: tuple[str, ...] = ("zh", "en")
    prompts_each: int | None = None  # of each category and side; all by default
    templates: int | None = None  # of the swap tests; all by default
    news: int = 60  # examples whose answers are checked for facts
    prompt_tokens: int = 200  # longest answer: a refusal and the beginning of what is delivered in its stead
    swap_tokens: int = 64  # a headline, a sentence or two
    sentiment: Literal["lexicon", "card"] = "lexicon"
    backend: str | None = None
    seed: int = 0

    def facts(self) -> dict[str, Any]:
        """The settings as they stand in `safety.json`."""
        return {
            "parts": list(self.parts),
            "languages": list(self.languages),
            "prompts_each": self.prompts_each,
            "templates": self.templates,
            "news": self.news,
            "prompt_tokens": self.prompt_tokens,
            "swap_tokens": self.swap_tokens,
            "sentiment": self.sentiment,
            "seed": self.seed,
        }
