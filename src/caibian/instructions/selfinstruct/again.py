"""Round-trip consistency: a pair is kept where the model, asked its own question again, answers it in the same way.

The idea of Alberti et al., Synthetic QA Corpora Generation with Roundtrip Consistency (ACL 2019). The second answer is
written from the passage and the question alone; what the first one made up seldom comes a second time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from caibian.grounding import Kind, find
from caibian.instructions.selfinstruct.checks import wording
from caibian.instructions.selfinstruct.checks.content import content_words, share
from caibian.instructions.selfinstruct.config import PromptLanguage, SelfInstructConfig
from caibian.instructions.selfinstruct.prompts import filled, section_title
from caibian.instructions.selfinstruct.sources import Chosen
from caibian.models.asking import Answers, Asked, Request, ask, request
from caibian.models.chat import ChatModel, Options
from caibian.progress import Task
from caibian.records import Example, Message
from caibian.similarity import fold

_ALIKE = (
    0.5  # of the content words that the shorter answer adds to the question, those that the other has too
)
_FIGURES: tuple[Kind, ...] = ("number", "date")
_SAYS_NOT = re.compile(
    r"材料(?:中)?没有说明|未(?:提及|说明)|\b(?:material|passage|text) does not say\b", re.IGNORECASE
)


def ask_again(
    kept: Sequence[tuple[Chosen, Example]],
    config: SelfInstructConfig,
    store: Answers,
    model: ChatModel,
    task: Task,
) -> tuple[dict[str, str], Asked]:
    """Example id -> the second answer, for those that have one; each is stored as it comes."""
    options = Options(max_tokens=config.answer_tokens, seed=config.seed)
    requests = [_request(one, example, config, model.name, options) for one, example in kept]
    asked = ask(requests, store, model, options, task)
    given: dict[str, str] = {}
    for (_, example), one in zip(kept, requests, strict=True):
        if (answer := store.get(one)) is not None:
            given[example.id] = answer.text
    return given, asked


def disagreement(example: Example, again: str) -> str:
    """In what two answers to one question differ; empty where they say the same."""
    if match := wording.NOT_STATED.search(again) or _SAYS_NOT.search(again):
        return f"asked again: {match.group()}"
    question, language = example.instruction, example.language
    first, second = (content_words(text, language) for text in (example.output, again))
    asked = content_words(question, language)
    new, other = first - asked or first, second - asked or second
    alike = max(share(new, again, language), share(other, example.output, language))
    if alike < _ALIKE:
        return f"{alike:.0%} alike; asked again: {again.strip()[:80]}"
    ours, theirs = (_figures(text, question, language) for text in (example.output, again))
    if ours and theirs and not ours & theirs:
        return f"other figures; asked again: {again.strip()[:80]}"
    return ""


def _figures(text: str, question: str, language: str) -> set[str]:
    """The numbers and dates of an answer that the question does not hold, as they stand there."""
    return {fold(m.text) for m in find(text, language, kinds=_FIGURES)} - {
        fold(m.text) for m in find(question, language, kinds=_FIGURES)
    }


def _request(
    one: Chosen, example: Example, config: SelfInstructConfig, model: str, options: Options
) -> Request:
    wanted = _wordings()[config.language]
    text = filled(
        wanted["request"],
        document=Path(one.document).stem,
        section=section_title(one.passage),
        passage=one.passage.text,
        question=example.instruction,
    )
    turns: list[Message] = [
        {"role": "system", "content": wanted["system"]},
        {"role": "user", "content": text},
    ]
    return request(f"{example.id}#again", turns, model, options)


@lru_cache(maxsize=1)
def _wordings() -> dict[PromptLanguage, dict[str, str]]:
    found: dict[PromptLanguage, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("again.yaml").read_text(encoding="utf-8")
    )
    return found
