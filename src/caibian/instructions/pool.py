"""More wordings of a card's instructions, asked of a model and kept only where they say the task in words of their own."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from caibian.errors import EmptyResult, InputError
from caibian.models.chat import ChatModel, Options
from caibian.records import Language
from caibian.tasks import TaskCard, card, load_cards
from caibian.tasks.library import MAX_LIKENESS, bare_shingles
from caibian.tasks.prompt import filled
from caibian.text import language_of

Pool = dict[str, dict[Language, list[str]]]  # card id -> language -> wordings, with placeholders

_CHARS = (8, 400)  # a wording shorter says no task, a longer one explains itself
_NAMES = {"zh": "Chinese", "en": "English", "ar": "Arabic", "hi": "Hindi"}
_SCHEMA = {"type": "array", "items": {"type": "string"}}
_ASK = """You write instructions for a language model in a newsroom. The task is: {name}.
These instructions ask for it in {language}:
{known}
Write {count} more in {language}, each in words and an order of its own, as different editors would ask.
{placeholders}Answer with a JSON array of strings and nothing else."""


def read_pool(path: Path) -> Pool:
    """A file of wordings as `write` made it or as somebody wrote it: card id -> language -> list.

    Raises:
        InputError: the file is no such mapping, or a card is unknown; the message names the place.
    """
    try:
        pool = TypeAdapter(Pool).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no YAML in UTF-8 ({' '.join(str(error).split())})") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    known = load_cards()
    for name, wordings in pool.items():
        for language, texts in wordings.items():
            for place, text in enumerate(texts):
                if reason := _refusal(card(name, known), language, text, ()):
                    raise InputError(f"{path}: {name}.{language}[{place}]: {reason}")
    return pool


def ask(model: ChatModel, of: TaskCard, language: Language, count: int) -> tuple[list[str], Counter[str]]:
    """New wordings of a card in a language, and what was refused, by reason.

    Raises:
        EmptyResult: nothing the model said could be kept; the message counts why.
    """
    known = list(of.instructions.get(language, []))
    holders = [name for name in ("{labels}", "{max_chars}") if any(name in text for text in known)]
    question = _ASK.format(
        name=of.name.en,
        language=_NAMES[language],
        known="\n".join(f"- {text}" for text in known),
        count=count,
        placeholders=f"Each must hold {' and '.join(holders[:1])} as it stands. " if holders else "",
    )
    answer = model.generate(
        [[{"role": "user", "content": question}]], Options(max_tokens=1024, json_schema=_SCHEMA)
    )[0]
    kept: list[str] = []
    refused: Counter[str] = Counter()
    for text in _strings(answer.text):
        reason = _refusal(of, language, text, [*known, *kept])
        if reason:
            refused[reason] += 1
        else:
            kept.append(text)
    if not kept:
        why = (
            ", ".join(f"{reason} {n}" for reason, n in refused.most_common())
            or answer.error
            or "no JSON array of strings"
        )
        raise EmptyResult(f"{of.id}: {language}: {model.name} gave no wording to keep: {why}")
    return kept[:count], refused


def _strings(text: str) -> list[str]:
    start, end = text.find("["), text.rfind("]")
    try:
        value: Any = json.loads(text[start : end + 1])
    except ValueError:
        return []
    return [item.strip() for item in value if isinstance(item, str)]


def _refusal(of: TaskCard, language: Language, text: str, known: Sequence[str]) -> str | None:
    least, most = _CHARS
    words = re.sub(r"\{\w*\}", "", text)
    if not least <= len(words) <= most:
        return "too short" if len(words) < least else "too long"
    try:
        filled(of, text, language)
    except (KeyError, ValueError, IndexError):
        return "a placeholder that is not known"
    if of.output.kind == "label" and "{labels}" not in text:
        return "does not name {labels}"
    if language_of(words) != language:
        return f"not in {language}"
    own = bare_shingles(text)
    for other in map(bare_shingles, known):
        if len(own & other) > MAX_LIKENESS * len(own | other):
            return "says what another says"
    return None
