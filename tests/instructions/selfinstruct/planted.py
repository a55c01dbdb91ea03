"""Pairs planted for the checks: of three passages 60 good ones and 20 bad ones of every kind, all written by us before
the checks were tuned, some of them hard on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from caibian.instructions.selfinstruct.config import SelfInstructConfig
from caibian.instructions.selfinstruct.passages import Passage
from caibian.instructions.selfinstruct.prompts import Pair
from tests.instructions.selfinstruct import planted_en_news, planted_zh_news, planted_zh_operations

_SETTINGS = {
    planted_zh_news: SelfInstructConfig(language="zh", topic="news"),
    planted_zh_operations: SelfInstructConfig(language="zh", topic="operations"),
    planted_en_news: SelfInstructConfig(language="en", topic="news"),
}


@dataclass(frozen=True)
class Planted:
    """One pair with all that the checks need; `kind` is the refusal it was written for, empty for a good pair."""

    kind: str
    pair: Pair
    passage: Passage
    document: str
    config: SelfInstructConfig


def good() -> list[Planted]:
    """The good pairs, in order."""
    return [_planted(module, "", row) for module in _SETTINGS for row in module.GOOD]


def bad() -> dict[str, list[Planted]]:
    """The bad pairs by kind."""
    found: dict[str, list[Planted]] = {}
    for module in _SETTINGS:
        for kind, rows in module.BAD.items():
            found.setdefault(kind, []).extend(_planted(module, kind, row) for row in rows)
    return found


def _planted(module, kind: str, row: tuple[str, str, str]) -> Planted:  # type: ignore[no-untyped-def]
    instruction, answer, quote = row
    pair = Pair(quote=quote, instruction=instruction, answer=answer)
    return Planted(kind, pair, Passage(1, module.PASSAGE), module.DOCUMENT, _SETTINGS[module])
