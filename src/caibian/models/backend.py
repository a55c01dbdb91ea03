"""What the backends of `ChatModel` share: pieces of an answer, failures kept apart, closed questions."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from caibian.errors import CaibianError, ModelError
from caibian.models.chat import Choice, Conversation, Options
from caibian.records import Answer

logger = logging.getLogger(__name__)

_ROLES = ("system", "user", "assistant")
OnDone = Callable[[int, Answer], None]  # index of the conversation, its answer


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One generated token with its natural-log probability and the most probable alternatives."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer. The last one carries `finish_reason` and the token counts."""

    text: str = ""
    tokens: tuple[TokenScore, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: str | None = None  # stop | length, on the last piece only


class Backend(ABC):
    """A `ChatModel` whose backend supplies `pieces`, `score` and `close`; the rest follows from them.

    A backend that answers many conversations at once overrides `generate_iter`.
    """

    name: str

    @abstractmethod
    def pieces(
        self, conversation: Conversation, options: Options, *, top_logprobs: int | None = None
    ) -> Iterator[Piece]:
        """Yield one answer in pieces; the last has a `finish_reason`. Closing the iterator stops the model.

        Pieces without text may come while the prompt is being read, so that a caller can stop in time.
        With `top_logprobs` (0 or more) pieces carry their tokens' log-probabilities and so many alternatives.
        """

    def continued(self, text: str, options: Options, *, top_logprobs: int | None = None) -> Iterator[Piece]:
        """Yield what follows a text that is no conversation, in pieces as those of `pieces`; no chat template is used.

        Raises:
            ModelError: this backend only answers conversations.
        """
        raise ModelError(f"{self.name}: this model answers conversations only, it does not continue texts")

    @abstractmethod
    def score(self, conversation: Conversation, answers: Sequence[str]) -> list[list[float]]:
        """Teacher-forced natural-log probabilities: one list for each of `answers`, one number a token."""

    @abstractmethod
    def close(self) -> None:
        """Free weights, threads and connections; a second call does nothing."""

    def generate(
        self,
        conversations: Sequence[Conversation],
        options: Options = Options(),  # noqa: B008  (frozen)
        on_done: OnDone | None = None,
    ) -> list[Answer]:
        """Answer each conversation, in order; `on_done` hears of each answer as soon as it is there."""
        answers: dict[int, Answer] = {}
        for index, answer in self.generate_iter(conversations, options):
            answers[index] = answer
            if on_done is not None:
                on_done(index, answer)
        return [answers[index] for index in range(len(conversations))]

    def generate_iter(
        self,
        conversations: Sequence[Conversation],
        options: Options = Options(),  # noqa: B008  (frozen)
    ) -> Iterator[tuple[int, Answer]]:
        """Yield (index of the conversation, its Answer) as answers are finished, in any order."""
        for index, conversation in enumerate(conversations):
            yield index, self.answer(conversation, options)

    def answer(self, conversation: Conversation, options: Options) -> Answer:
        """Answer one conversation; a failure becomes an Answer with `finish_reason="error"`."""
        start = time.perf_counter()
        texts: list[str] = []
        last = Piece()
        try:
            for piece in self.pieces(conversation, options):
                texts.append(piece.text)
                last = piece
        except Exception as error:
            return self.failure(error, time.perf_counter() - start)
        return Answer(
            text="".join(texts),
            model=self.name,
            prompt_tokens=last.prompt_tokens,
            completion_tokens=last.completion_tokens,
            seconds=time.perf_counter() - start,
            finish_reason=last.finish_reason or "stop",
        )

    def failure(self, error: Exception, seconds: float = 0.0) -> Answer:
        """The Answer that stands for a failed conversation; what is not our own error is logged with its trace."""
        if not isinstance(error, CaibianError):
            logger.error("model %s failed on one conversation", self.name, exc_info=error)
        reason = str(error) or type(error).__name__
        return Answer(text="", model=self.name, seconds=seconds, finish_reason="error", error=reason)

    def stream(
        self,
        conversation: Conversation,
        options: Options = Options(),  # noqa: B008  (frozen)
    ) -> Iterator[str]:
        """Yield the answer to one conversation in pieces; a failure is raised as ModelError."""
        pieces = self.pieces(conversation, options)
        try:
            for piece in pieces:
                if piece.text:
                    yield piece.text
        finally:
            getattr(pieces, "close", lambda: None)()

    def choose(self, conversation: Conversation, choices: Sequence[str]) -> Choice:
        """Score each of `choices` as the answer; the first of equals wins."""
        if not choices:
            raise ModelError("choose: no choices were given")
        scores = self.score(conversation, choices)
        totals = {choice: sum(logprobs) for choice, logprobs in zip(choices, scores, strict=True)}
        lengths = {choice: len(logprobs) for choice, logprobs in zip(choices, scores, strict=True)}
        return Choice(best=max(totals, key=totals.__getitem__), logprobs=totals, tokens=lengths)

    def logprobs(self, conversation: Conversation, answer: str) -> list[float]:
        """Natural-log probability of each token of `answer`, teacher-forced."""
        return self.score(conversation, [answer])[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def check_conversation(conversation: Conversation) -> None:
    """Refuse what no chat template can render, naming the turn.

    Raises:
        ModelError: no turns, an unknown role, or a content that is not text.
    """
    if not conversation:
        raise ModelError("the conversation has no turns")
    for number, turn in enumerate(conversation, start=1):
        role, content = turn.get("role"), turn.get("content")
        if role not in _ROLES:
            raise ModelError(f"turn {number}: role must be one of {', '.join(_ROLES)}, got {role!r}")
        if not isinstance(content, str):
            raise ModelError(f"turn {number}: content must be text, got {type(content).__name__}")
