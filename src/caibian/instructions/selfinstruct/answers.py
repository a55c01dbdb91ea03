"""A model's raw answer as pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caibian.instructions.selfinstruct.prompts import Pair
from caibian.instructions.selfinstruct.repair import ObjectReader
from caibian.text import tidy

# What models call the three properties, besides the names they were asked for.
_NAMES: dict[str, str] = {
    name: field
    for field, names in {
        "instruction": "instruction question prompt query task q 指令 问题 提问 任务 问",
        "answer": "answer response output completion a 答案 回答 答复 输出 答",
        "quote": "quote quotation evidence source citation excerpt 引文 引用 原文 依据 摘录 证据",
    }.items()
    for name in names.split()
}
_READER = ObjectReader(frozenset(_NAMES))


@dataclass(frozen=True, slots=True)
class Read:
    """What could be made out of an answer."""

    pairs: tuple[Pair, ...] = ()
    broken: int = 0  # objects that lack an instruction or an answer, or were cut off


def read_answer(text: str) -> Read:
    """The pairs of an answer, repaired where possible. Never raises; prose without any object gives nothing at all.

    A pair without a quote is kept with an empty one: the checks refuse it under their own reason.
    """
    objects, broken = _READER.read(text)
    pairs: list[Pair] = []
    for one in objects:
        fields: dict[str, str] = {}
        for key, value in one.items():
            field = _NAMES.get(str(key).strip().strip("\"'“”").lower())
            if field is not None and (words := _text(value)) is not None:
                fields.setdefault(field, tidy(words))
        if "instruction" in fields and "answer" in fields:
            pairs.append(
                Pair(
                    quote=fields.get("quote", ""), instruction=fields["instruction"], answer=fields["answer"]
                )
            )
        else:
            broken += bool(fields)
    return Read(tuple(pairs), broken)


def _text(value: Any) -> str | None:
    """A value as text: a list of steps as lines; None for what is no text."""
    if value is None:
        return ""
    if isinstance(value, bool | dict):
        return None
    if isinstance(value, list):
        parts = [_text(part) for part in value]
        return None if None in parts else "\n".join(part for part in parts if part)
    return str(value)
