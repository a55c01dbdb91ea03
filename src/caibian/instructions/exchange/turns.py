"""A record of another tool as lessons: what was said before, the question with its input, and the answer.

A conversation gives one lesson for each turn of the assistant. The lesson's instruction holds everything before it: the
system's text first, then the earlier turns as a transcript (`用户：…`, `助手：…` in the conversation's language), then
the question; an empty line stands between the three. Neighbouring turns of one speaker count as one. What the user
says last, unanswered, is no lesson.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from caibian.text import language_of

Role = Literal["system", "user", "assistant"]

# How files call the three who speak. Whoever else speaks (a tool, a function) makes no lesson for an editor.
ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "bot", "model"), "assistant"),
}
_SPEAKERS = {
    "zh": ("用户：", "助手："),
    "en": ("User: ", "Assistant: "),
    "ar": ("المستخدم: ", "المساعد: "),
    "hi": ("उपयोगकर्ता: ", "सहायक: "),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Under which names a file keeps what; an empty name: it has none such."""

    kind: Literal["alpaca", "chat"]
    instruction: str = "instruction"
    input: str = "input"
    output: str = "output"
    history: str = "history"  # alpaca: pairs of an earlier question and its answer
    system: str = "system"
    turns: str = "conversations"
    role: tuple[str, ...] = ("from", "role")  # the first that a turn has
    content: tuple[str, ...] = ("value", "content")
    roles: Mapping[str, Role] = field(default_factory=lambda: ROLES)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One example in the making."""

    before: str  # the system's text and the earlier turns
    question: str
    input: str
    answer: str

    @property
    def instruction(self) -> str:
        """Everything before the input."""
        return "\n\n".join(part for part in (self.before, self.question) if part)


class Broken(Exception):
    """A record that gives no lesson; the argument is the reason's name."""


def lessons(record: Mapping[str, Any], shape: Shape) -> Iterator[Lesson | str]:
    """The lessons of a record, and in the place of one that cannot be used the reason's name.

    Raises:
        Broken: the record gives none at all.
    """
    system = _text(record, shape.system, "system", required=False)
    if shape.kind == "alpaca":
        yield from _alpaca(record, shape, system)
        return
    turns = _turns(record, shape)
    system = "\n\n".join(
        [system] * bool(system) + [text for role, text in turns if role == "system" and text]
    )
    spoken = [
        (role, "\n\n".join(text for _, text in group))
        for role, group in groupby((turn for turn in turns if turn[0] != "system"), key=lambda turn: turn[0])
    ]
    if not any(role == "assistant" for role, _ in spoken):
        raise Broken("no_answer")
    yield from _conversation(spoken, system)


def _alpaca(record: Mapping[str, Any], shape: Shape, system: str) -> Iterator[Lesson | str]:
    instruction = _text(record, shape.instruction, "instruction")
    given = _text(record, shape.input, "input", required=False)
    answer = _text(record, shape.output, "output")
    spoken: list[tuple[Role, str]] = []
    history = record.get(shape.history) or [] if shape.history else []
    for pair in history if isinstance(history, list) else [history]:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)):
            raise Broken("history_not_pairs")
        spoken += [("user", pair[0]), ("assistant", pair[1])]
    yield from _conversation(spoken, system)
    if not answer.strip():
        yield "empty_output"
    elif not instruction.strip() and not given.strip():
        yield "empty_instruction"
    else:
        yield Lesson(_before(system, spoken), instruction, given, answer)


def _conversation(spoken: list[tuple[Role, str]], system: str) -> Iterator[Lesson | str]:
    for at, (role, answer) in enumerate(spoken):
        if role != "assistant":
            continue
        if at == 0:
            yield "no_question"
        elif not answer.strip():
            yield "empty_output"
        elif not (question := spoken[at - 1][1]).strip():
            yield "empty_instruction"
        else:
            yield Lesson(_before(system, spoken[: at - 1]), question, "", answer)


def _before(system: str, earlier: list[tuple[Role, str]]) -> str:
    language = language_of("\n".join(text for _, text in earlier))
    user, assistant = _SPEAKERS.get(language, _SPEAKERS["en"])
    transcript = "\n".join((user if role == "user" else assistant) + text for role, text in earlier)
    return "\n\n".join(part for part in (system, transcript) if part)


def _turns(record: Mapping[str, Any], shape: Shape) -> list[tuple[Role, str]]:
    turns = record.get(shape.turns)
    if turns is None:
        raise Broken("conversation_missing")
    if not isinstance(turns, list):
        raise Broken("conversation_not_a_list")
    found: list[tuple[Role, str]] = []
    for turn in turns:
        if not isinstance(turn, dict):
            raise Broken("turn_not_an_object")
        named = next((turn[key] for key in shape.role if key in turn), None)
        role = shape.roles.get(named) if isinstance(named, str) else None
        if role is None:
            raise Broken("unknown_role")
        found.append((role, _said(next((turn[key] for key in shape.content if key in turn), None))))
    if not found:
        raise Broken("empty_conversation")
    return found


def _said(content: Any) -> str:
    """A turn's text; OpenAI also writes it as a list of parts."""
    if isinstance(content, list) and all(
        isinstance(part, dict) and part.get("type") == "text" for part in content
    ):
        content = "".join(text for part in content if isinstance(text := part.get("text"), str))
    if content is None:
        raise Broken("turn_without_text")
    if not isinstance(content, str):
        raise Broken("turn_not_text")
    return content


def _text(record: Mapping[str, Any], key: str, what: str, *, required: bool = True) -> str:
    value = record.get(key) if key else None
    if value is None:
        if required:
            raise Broken(f"{what}_missing")
        return ""
    if not isinstance(value, str):
        raise Broken(f"{what}_not_text")
    return value
