"""How sure a model is of its own pairs: asked whether each holds, it keeps the share that it is surest of.

The probability that a model gives to an answer of its own being right: P(True) of Kadavath et al., Language Models
(Mostly) Know What They Know (2022). A small model says “right” of nearly everything, and its probabilities mean little
taken alone; their order means more. Therefore pairs are kept by rank, whatever the model, and each is asked about in
several framings whose log-odds are averaged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from caibian.instructions.selfinstruct.config import PromptLanguage
from caibian.models.asking import Answers, Asked, Request, ask, request
from caibian.models.chat import ChatModel, Options
from caibian.models.closed_asking import ScoredChoices, read_scores
from caibian.progress import Task
from caibian.records import Example, Message

_AROUND = (0, 0, 60)  # by framing: characters of the passage shown on either side of the quotation
_OPTIONS = Options(max_tokens=1)


class _Shot(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    quote: str
    question: str
    answer: str
    holds: bool


class _Wording(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    request: str
    right: str
    wrong: str
    examples: list[_Shot]


def appraise(
    pairs: Sequence[tuple[Example, str]],
    language: PromptLanguage,
    store: Answers,
    model: ChatModel,
    task: Task,
) -> tuple[dict[str, float], Asked]:
    """Example id -> mean log-odds that the pair holds, for those asked about in every framing.

    Each example comes with its quotation, the words of its passage that bear it out. `task` advances once for each pair and framing (`framings` of them a pair).
    """
    wording = _wordings()[language]
    choices = ScoredChoices(model, [wording.right, wording.wrong])
    requests = {
        (example.id, framing): _request(example, quote, framing, wording, model.name)
        for framing in range(framings())
        for example, quote in pairs
    }
    asked = ask(list(requests.values()), store, choices, _OPTIONS, task)
    odds: dict[str, float] = {}
    for example, _ in pairs:
        answers = [store.get(requests[example.id, framing]) for framing in range(framings())]
        found = [_log_odds(answer.text) for answer in answers if answer is not None]
        if len(found) == framings():
            odds[example.id] = math.fsum(found) / len(found)
    return odds, asked


def framings() -> int:
    """How often each pair is asked about."""
    return len(_AROUND)


def surest(odds: dict[str, float], share: float) -> set[str]:
    """The ids of the share with the highest odds; of equals those that come first."""
    count = math.ceil(share * len(odds))
    return set(sorted(odds, key=lambda id: -odds[id])[:count])


def _log_odds(text: str) -> float:
    right, wrong = (math.fsum(one) for one in read_scores(text))
    return right - wrong


def _request(example: Example, quote: str, framing: int, wording: _Wording, model: str) -> Request:
    shots = wording.examples[::-1] if framing % 2 else wording.examples
    turns: list[Message] = [{"role": "system", "content": wording.system}]
    for shot in shots:
        asked = wording.request.format(quote=shot.quote, question=shot.question, answer=shot.answer)
        turns.append({"role": "user", "content": asked})
        turns.append({"role": "assistant", "content": wording.right if shot.holds else wording.wrong})
    shown = _with_surroundings(quote, example.source_text or "", _AROUND[framing])
    asked = wording.request.format(quote=shown, question=example.instruction, answer=example.output)
    turns.append({"role": "user", "content": asked})
    return request(f"{example.id}#holds{framing}", turns, model, _OPTIONS)


def _with_surroundings(quote: str, passage: str, around: int) -> str:
    """The quotation with what stands around it; alone where it is not found letter by letter."""
    at = passage.find(quote)
    if not around or at < 0:
        return quote
    return passage[max(0, at - around) : at + len(quote) + around].strip()


@lru_cache(maxsize=1)
def _wordings() -> dict[PromptLanguage, _Wording]:
    data = yaml.safe_load(Path(__file__).with_name("appraisal.yaml").read_text(encoding="utf-8"))
    return {language: _Wording.model_validate(one) for language, one in data.items()}
