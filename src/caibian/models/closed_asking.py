"""Closed questions through the one way in which models are asked: a model whose answer is the score of each choice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from caibian.models.backend import Backend, Piece
from caibian.models.chat import ChatModel, Conversation, Options
from caibian.records import Answer


@runtime_checkable
class AsksClosed(Protocol):
    """A backend that answers closed questions itself, many at once (`TorchChat`)."""

    def closed_iter(
        self, conversations: Sequence[Conversation], choices: Sequence[Sequence[str]]
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome with `logprobs` and `greedy`, or the Answer of a failure)."""
        ...


class ScoredChoices(Backend):
    """A model that scores `choices` as the answer to whatever it is asked.

    The scores travel as the text of an Answer, so that they are stored and resumed like any other: a JSON list that
    holds for each choice the natural-log probabilities of its tokens; `read_scores` understands it. Closing it leaves
    the model open.
    """

    def __init__(self, model: ChatModel, choices: Sequence[str]) -> None:
        self.name = model.name
        self._model, self._choices = model, list(choices)

    def generate_iter(
        self,
        conversations: Sequence[Conversation],
        options: Options = Options(),  # noqa: B008  (frozen)
    ) -> Iterator[tuple[int, Answer]]:
        """Yield (index, Answer) in any order; nothing is generated, `options` say nothing."""
        del options
        if not isinstance(self._model, AsksClosed):
            for index, conversation in enumerate(conversations):
                yield index, self._one(self._model, conversation)
            return
        asked = list(conversations)
        for index, outcome in self._model.closed_iter(asked, [self._choices] * len(asked)):
            if isinstance(outcome, Answer):
                yield index, outcome
            else:
                yield (
                    index,
                    Answer(_written(outcome.logprobs), self.name, prompt_tokens=outcome.prompt_tokens),
                )

    def _one(self, model: ChatModel, conversation: Conversation) -> Answer:
        try:
            return Answer(_written(_scores(model, conversation, self._choices)), self.name)
        except Exception as error:
            return self.failure(error)

    def pieces(
        self, conversation: Conversation, options: Options, *, top_logprobs: int | None = None
    ) -> Iterator[Piece]:
        """The scores as one piece."""
        del options, top_logprobs
        yield Piece(_written(_scores(self._model, conversation, self._choices)))

    def score(self, conversation: Conversation, answers: Sequence[str]) -> list[list[float]]:
        """As the model gives them."""
        return _scores(self._model, conversation, answers)

    def close(self) -> None:
        """The model stays open."""


def read_scores(text: str) -> list[list[float]]:
    """For each choice the natural-log probabilities of its tokens."""
    scores: list[list[float]] = json.loads(text)
    return scores


def _scores(model: ChatModel, conversation: Conversation, choices: Sequence[str]) -> list[list[float]]:
    if isinstance(model, Backend):
        return model.score(conversation, choices)
    totals = model.choose(conversation, choices).logprobs
    return [[totals[choice]] for choice in choices]


def _written(logprobs: Sequence[Sequence[float]]) -> str:
    return json.dumps([[round(value, 6) for value in one] for one in logprobs])
