"""The conversation that asks a judge for a ranking, and the schema of its verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from caibian.errors import ConfigError
from caibian.evaluation.judging.config import JudgeConfig
from caibian.records import Example, Message
from caibian.tasks import TaskCard, general_rubric, label_wording

PROMPTS = Path(__file__).parent / "prompts.yaml"
_MARK_DIGITS = 8  # of a hash; more where a text holds them by chance
_REASON_CHARS = {"zh": 80, "en": 240}  # a sentence


class Wording(BaseModel):
    """What a judge is told in one language; keys as in `prompts.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: str
    system: str
    task: str
    instruction: str
    source: str
    reference: str
    answer: str
    ask: str
    cut: str
    comma: str
    demand: dict[str, str]
    languages: dict[str, str]


@dataclass(frozen=True)
class Asking:
    """A question to a judge. names: by seat, the empty answer's first where one sits there."""

    conversation: tuple[Message, ...]
    names: tuple[str, ...]
    cut: int  # texts of which only a part was shown


def wording(language: str) -> tuple[str, Wording]:
    """The language in which items of `language` are judged, and its wording."""
    spoken = "zh" if language == "zh" else "en"
    return spoken, _wordings()[spoken]


@lru_cache(maxsize=1)
def _wordings() -> dict[str, Wording]:
    data = yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))
    return {language: Wording.model_validate(one) for language, one in data.items()}


def names_for(seats: int, language: str) -> tuple[str, ...]:
    """Neutral names by seat: 甲乙丙 in Chinese as far as they reach, else A, B, C.

    Raises:
        ConfigError: more answers than letters.
    """
    _, own = wording(language)
    letters = own.names if seats <= len(own.names) else _wordings()["en"].names
    if seats > len(letters):
        raise ConfigError(
            f"{seats} answers to one item; a judge can rank {len(letters)}, choose with --systems"
        )
    return tuple(letters[:seats])


def asking(card: TaskCard, example: Example, answers: Sequence[str], config: JudgeConfig) -> Asking:
    """Ask for a ranking of `answers`, given by seat; with `config.empty` an empty one is seated before them."""
    spoken, own = wording(example.language)
    seated = ["", *answers] if config.empty else list(answers)
    names = names_for(len(seated), example.language)
    cut = _Cutter(own)
    blocks: list[tuple[str, str]] = [(own.instruction, cut(example.instruction, config.source_chars))]
    if example.input:
        blocks.append((own.source, cut(example.input, config.source_chars)))
    if config.reference:
        blocks.append((own.reference, cut(example.output, config.source_chars)))
    blocks += [
        (own.answer.format(name=name), cut(text, config.answer_chars))
        for name, text in zip(names, seated, strict=True)
    ]
    mark = _mark([text for _, text in blocks])
    parts = [
        _task(card, example, spoken),
        *(f"{title}\n<<{mark}\n{text}\n{mark}>>" for title, text in blocks),
        own.ask.format(count=len(names), names=own.comma.join(names)),
    ]
    turns: tuple[Message, ...] = (
        {"role": "system", "content": own.system},
        {"role": "user", "content": "\n\n".join(parts)},
    )
    return Asking(turns, names, cut.count)


@lru_cache(maxsize=64)
def _schema(names: tuple[str, ...], language: str) -> dict[str, Any]:
    spoken, _ = wording(language)
    one = {"type": "string", "enum": list(names)}
    return {
        "type": "object",
        "properties": {
            "reason": {"type": "string", "maxLength": _REASON_CHARS[spoken]},
            "ranking": {"type": "array", "items": one, "minItems": len(names), "maxItems": len(names)},
        },
        "required": ["reason", "ranking"],
        "additionalProperties": False,
    }


def schema(names: Sequence[str], language: str) -> dict[str, Any]:
    """The JSON schema of a verdict over `names`. The reason comes first: a judge that has to say what it saw ranks by
    it. That every name stands there once is beyond the schemas that servers keep to; `read_verdict` sees to it."""
    return _schema(tuple(names), language)


class _Cutter:
    """Shortens texts with a visible mark, and counts them. Head and tail stay: a text that breaks off is seen to."""

    def __init__(self, own: Wording) -> None:
        self._own, self.count = own, 0

    def __call__(self, text: str, most: int) -> str:
        if len(text) <= most:
            return text
        self.count += 1
        tail = most // 4
        head = most - tail
        mark = self._own.cut.format(count=f"{len(text) - most:,}")
        return f"{text[:head]}\n{mark}\n{text[-tail:]}"


def _mark(texts: Sequence[str]) -> str:
    """A word that stands in none of the texts, so that no text can end its own block; the same for every seating, so
    that engines read what comes before the answers once an item."""
    digest = hashlib.sha256("\0".join(sorted(texts)).encode("utf-8", "surrogatepass")).hexdigest()
    for digits in range(_MARK_DIGITS, len(digest) + 1):
        if not any(digest[:digits] in text for text in texts):
            return digest[:digits]
    return digest  # it would have to hold its own hash


# By card, language and labels: what the card says is the same for all its items.
_tasks: dict[tuple[int, str, tuple[str, ...]], tuple[TaskCard, str]] = {}


def _task(card: TaskCard, example: Example, spoken: str) -> str:
    """What the card says of the task, what it asks for and what it is judged by, in words."""
    key = (id(card), example.language, example.labels)
    if key not in _tasks or _tasks[key][0] is not card:
        own = _wordings()[spoken]
        general: Mapping[str, Any] = general_rubric()
        rubric = [*(general[name] for name in card.rubric.general), *card.rubric.specific.values()]
        text = own.task.format(
            name=getattr(card.name, spoken),
            demands="\n".join(f"- {demand}" for demand in _each_demand(card, example, own)),
            rubric="\n".join(f"- {getattr(pair, spoken)}" for pair in rubric),
        )
        _tasks[key] = (card, text)  # the card too: an id is only its own while it lives
    return _tasks[key][1]


def _each_demand(card: TaskCard, example: Example, own: Wording) -> Iterator[str]:
    """What the card asks of an answer, in words."""
    output, say = card.output, own.demand
    spoken = "zh" if own is _wordings()["zh"] else "en"
    answer_language = example.language if output.language == "same" else output.language
    if output.kind != "label":
        yield say["views_yes" if card.may.add_views else "views_no"]
        yield say["facts_yes" if card.may.alter_facts else "facts_no"]
    if output.kind == "label":
        offered = example.labels or tuple(output.labels)
        words = [label_wording(card, label, answer_language) for label in offered]
        yield say["labels"].format(names=own.comma.join(words))
        return
    yield say["language"].format(name=own.languages.get(answer_language, answer_language))
    if output.kind == "json":
        yield say["json"]
    least, most = output.limits(answer_language)
    line_chars = {str(name): limit for name, limit in (output.line_chars or {}).items()}.get(answer_language)
    counts = {"at_most": most, "at_least": least, "lines": output.lines, "min_lines": output.min_lines}
    counts["line_chars"] = line_chars
    yield from (say[name].format(count=count) for name, count in counts.items() if count is not None)
    if output.sections is not None:
        headings = output.sections.zh if answer_language == "zh" else output.sections.en
        yield say["sections"].format(names=own.comma.join(headings))
    yield from (getattr(form.asks, spoken) for form in output.format)
