"""The conversation that asks for pairs, and the schema of the answer."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from caibian.instructions.selfinstruct.config import PromptLanguage, Topic
from caibian.instructions.selfinstruct.passages import Passage
from caibian.records import Message

PROMPTS = Path(__file__).parent / "prompts.yaml"
_SECTION_DIVIDER = " › "


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pair(_Part):
    """An instruction, its answer, and the words of the passage that bear the answer out."""

    quote: str
    instruction: str
    answer: str


class Shot(_Part):
    """A worked example: a passage and the pairs that a good writer made of it."""

    document: str
    section: str
    passage: str
    pairs: list[Pair] = Field(min_length=1)


class Prompt(_Part):
    """The wording for one topic and language."""

    system: str
    request: str
    example: Shot

    def conversation(self, document: str, passage: Passage, pairs: int) -> list[Message]:
        """System turn, the example as a turn each way, and the request for this passage."""
        shot = self.example
        made = {"pairs": [pair.model_dump() for pair in shot.pairs]}
        return [
            {"role": "system", "content": self.system},
            {
                "role": "user",
                "content": self._ask(shot.document, shot.section, shot.passage, len(shot.pairs)),
            },
            {"role": "assistant", "content": json.dumps(made, ensure_ascii=False)},
            {"role": "user", "content": self._ask(document, section_title(passage), passage.text, pairs)},
        ]

    def _ask(self, document: str, section: str, passage: str, pairs: int) -> str:
        return filled(self.request, document=document, section=section, pairs=pairs, passage=passage)


def filled(request: str, *, section: str, **values: object) -> str:
    """A user's turn with its values; without headings over the passage, the line that speaks of them goes."""
    lines = [line for line in request.split("\n") if section or "{section}" not in line]
    return "\n".join(lines).format(section=section, **values)


def section_title(passage: Passage) -> str:
    """The headings over a passage as one line; empty where it has none."""
    return _SECTION_DIVIDER.join(passage.section)


@lru_cache(maxsize=1)
def _prompts() -> dict[str, dict[str, Prompt]]:
    data = yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))
    return {
        topic: {language: Prompt.model_validate(one) for language, one in by_language.items()}
        for topic, by_language in data.items()
    }


def prompt(topic: Topic, language: PromptLanguage) -> Prompt:
    """The wording for a topic in a language."""
    return _prompts()[topic][language]


def schema(pairs: int) -> dict[str, Any]:
    """The JSON schema of an answer with at most `pairs` pairs. The quote comes first: a small model that has just
    copied a sentence asks about that sentence."""
    fields = list(Pair.model_fields)
    pair = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in fields},
        "required": fields,
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"pairs": {"type": "array", "items": pair, "minItems": 1, "maxItems": pairs}},
        "required": ["pairs"],
        "additionalProperties": False,
    }
