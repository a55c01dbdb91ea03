"""Three ways from a model to a label: free generation, decoding inside the label set, the probability of each label.

free          greedy generation; the label is read out of what was said, and may be missing
constrained   greedy decoding that can write nothing but one of the labels
scored        the log-probability of each label as the whole answer
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from caibian.errors import ModelError
from caibian.evaluation.tasks.items import TaskSet
from caibian.models.backend import Backend, Piece
from caibian.models.chat import Conversation, Options
from caibian.models.closed_asking import AsksClosed, ScoredChoices, read_scores
from caibian.records import Answer
from caibian.tasks import extract

Way = Literal["free", "constrained", "scored"]
WAYS: tuple[Way, ...] = get_args(Way)

LABEL_TOKENS = 20  # of a freely generated label, as in LlamaLens' protocol (Kmainasi et al. 2025)
_JSON_TOKENS = 64  # of a label as a JSON string, for backends without a label set of their own


class Asker(Backend):
    """A model as it is asked for one set: shots before every question, answers in one way.

    What `scored` makes of an item travels as the text of its Answer (`ScoredChoices`); `read` understands it. Closing
    an Asker leaves the model open, which the next set needs.
    """

    def __init__(self, model: Backend, asked: TaskSet, way: Way) -> None:
        self.name = model.name
        self._model, self._asked, self._way = model, asked, way

    def generate_iter(
        self,
        conversations: Sequence[Conversation],
        options: Options = Options(),  # noqa: B008  (frozen)
    ) -> Iterator[tuple[int, Answer]]:
        """Yield (index, Answer) in any order."""
        turns = [turn for shot in self._asked.shots for turn in shot.messages(with_output=True)]
        asked = [[*turns, *conversation] for conversation in conversations]
        if not self._asked.is_labels or self._way == "free":
            yield from self._model.generate_iter(asked, dataclasses.replace(options, stop=stops(self._asked)))
        elif self._way == "scored":
            yield from ScoredChoices(self._model, self._asked.choices).generate_iter(asked)
        elif isinstance(self._model, AsksClosed):
            yield from self._within(self._model, asked)
        else:
            schema = {"type": "string", "enum": self._asked.choices}
            within = dataclasses.replace(options, json_schema=schema, max_tokens=_JSON_TOKENS)
            for index, answer in self._model.generate_iter(asked, within):
                yield index, dataclasses.replace(answer, text=_unquoted(answer.text))

    def _within(self, model: AsksClosed, asked: list[list[Any]]) -> Iterator[tuple[int, Answer]]:
        for index, outcome in model.closed_iter(asked, [self._asked.choices] * len(asked)):
            if isinstance(outcome, Answer):
                yield index, outcome
            else:
                text = self._asked.choices[outcome.greedy]
                yield index, Answer(text, self.name, prompt_tokens=outcome.prompt_tokens)

    def pieces(
        self, conversation: Conversation, options: Options, *, top_logprobs: int | None = None
    ) -> Iterator[Piece]:
        """As the model gives them."""
        return self._model.pieces(conversation, options, top_logprobs=top_logprobs)

    def score(self, conversation: Conversation, answers: Sequence[str]) -> list[list[float]]:
        """As the model gives them."""
        return self._model.score(conversation, answers)

    def close(self) -> None:
        """The model stays open."""


def stops(asked: TaskSet) -> tuple[str, ...]:
    """What ends a free answer besides the end of the turn: the line, where the card asks for a single one."""
    return ("\n",) if not asked.is_labels and asked.card.output.lines == 1 else ()


@dataclass(frozen=True)
class Reading:
    """One answer as it is judged. `value` is a label's id; None where nothing valid was said."""

    text: str
    value: str | None
    missing: str | None = None  # why there is no answer; then it is not judged at all
    scores: dict[str, float] | None = None  # label -> log-probability a token, the length-normalised score
    sums: dict[str, float] | None = None  # label -> log-probability of the whole label

    @property
    def by_sum(self) -> str | None:
        """The label whose log-probability is highest without normalising by length."""
        return None if self.sums is None else max(self.sums, key=self.sums.__getitem__)


def read(asked: TaskSet, way: Way, answers: Sequence[Answer]) -> list[Reading]:
    """What the answers to the items of a set say."""
    return [
        _read(asked, way, answer, example.language)
        for answer, example in zip(answers, asked.examples, strict=True)
    ]


def _read(asked: TaskSet, way: Way, answer: Answer, language: str) -> Reading:
    if answer.finish_reason == "error":
        return Reading("", None, missing=answer.error or "error")
    if not asked.is_labels:
        return Reading(answer.text, None)
    if way == "free":
        return Reading(answer.text, extract(asked.card, answer.text, language))
    worded = dict(zip(asked.choices, asked.labels, strict=True))
    if way == "constrained":
        return Reading(answer.text, worded.get(answer.text))
    logprobs = read_scores(answer.text)
    if len(logprobs) != len(asked.labels):
        raise ModelError(f"{asked.id}: {len(logprobs)} scores for {len(asked.labels)} labels")
    sums = {label: sum(one) for label, one in zip(asked.labels, logprobs, strict=True)}
    scores = {label: sums[label] / max(1, len(one)) for label, one in zip(sums, logprobs, strict=True)}
    best = max(scores, key=scores.__getitem__)
    return Reading(asked.choices[asked.labels.index(best)], best, scores=scores, sums=sums)


def _unquoted(text: str) -> str:
    """The string that a JSON document is; text that is none stays as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text
