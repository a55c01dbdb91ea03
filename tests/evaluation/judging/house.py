"""A comparison of invented headlines, and a scripted judge that reads its questions as a model would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from caibian.evaluation.comparison import Comparison, write_comparison
from caibian.models.chat import Conversation
from caibian.models.scripted import ScriptedModel
from caibian.records import Answer, Example
from tests.evaluation.support import headline

SYSTEMS = ("base", "tuned", "big")
GREEDY_WEIGHTS = {"name": "toy", "sha256": "ab" * 32}

Seated = dict[str, str]  # name -> text, by seat
Judging = Callable[[Seated], Sequence[str]]  # -> names, best first


def examples(count: int) -> list[Example]:
    return [headline(number) for number in range(count)]


def said(number: int, system: str) -> str:
    """What a system answers: distinct, of different lengths from item to item, with a mark of its author."""
    town = headline(number).output[:4]
    filler = "新馆" * ((number * 7 + SYSTEMS.index(system) * 5) % 9)
    mark = {"base": "·", "tuned": "—", "big": "："}[system]
    return f"{town}{mark}图书馆开馆{filler}"


def comparison(count: int = 24, systems: Sequence[str] = SYSTEMS) -> Comparison:
    asked = examples(count)
    answers = {
        system: {one.id: Answer(said(k, system), system, one.id) for k, one in enumerate(asked)}
        for system in systems
    }
    return Comparison("toy", tuple(asked), answers, {systems[0]: GREEDY_WEIGHTS})


def written(folder: Path, count: int = 24, systems: Sequence[str] = SYSTEMS) -> Path:
    write_comparison(folder, comparison(count, systems))
    return folder


def seated(conversation: Conversation) -> Seated:
    """The answers of a question by their names, found as a reader finds them: by the markers."""
    text = conversation[-1]["content"]
    blocks = re.findall(r"(?:答案|Answer )(\w)\n<<(\w+)\n(.*?)\n\2>>", text, re.DOTALL)
    return {name: answer for name, _, answer in blocks}


def judge(judging: Judging, name: str = "toy-judge") -> ScriptedModel:
    """A model that ranks by a function, and says so as JSON with a few words around it."""

    def script(conversation: Conversation) -> str:
        order = list(judging(seated(conversation)))
        return (
            "好的。\n```json\n"
            + json.dumps({"reason": "如上", "ranking": order}, ensure_ascii=False)
            + "\n```"
        )

    return ScriptedModel(script, name)


def steady(answers: Seated) -> list[str]:
    """An honest order: by a hash that knows no seats, no systems and no lengths; the empty answer last."""
    import hashlib

    return sorted(
        answers, key=lambda name: (not answers[name], hashlib.sha256(answers[name].encode()).hexdigest())
    )
