"""Where a system is asked: its answers and scores are kept, and what has an answer is never asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from caibian.errors import ModelError
from caibian.evaluation.safety.config import System
from caibian.files import sha256
from caibian.models.asking import Journal, Request, ask, request
from caibian.models.backend import Backend
from caibian.models.chat import Options
from caibian.progress import Progress
from caibian.records import Answer, Message

_SCORES = Options(max_tokens=1)  # part of the key of a score, which generates nothing


class Desk:
    """One system with the journal of what it was asked. The model is opened when something is missing.

    Use as a context manager; it closes model and journal.
    """

    def __init__(
        self,
        system: System,
        folder: Path,
        opener: Callable[[System], Backend],
        progress: Progress,
    ) -> None:
        self.system = system
        self.notes: list[str] = []
        self._opener, self._progress = opener, progress
        self._identity = _identity(system)
        self._journal = Journal(folder / f"{quote(system.name, safe=' ()+-_.@')}.jsonl")
        self._model: Backend | None = None
        self.scores_missing = ""  # why the backend gives no log-probabilities

    def answers(
        self, what: str, questions: Sequence[tuple[str, Sequence[Message]]], options: Options
    ) -> dict[str, Answer]:
        """The answers by place, to (place, conversation) pairs. What failed is missing, and noted."""
        requests = [request(place, turns, self._identity, options) for place, turns in questions]
        if any(self._journal.get(one) is None for one in requests):
            with self._progress.task(f"{self.system.name}: {what}", total=len(requests)) as task:
                asked = ask(requests, self._journal, self.model, options, task)
            if asked.missing:
                self.notes.append(
                    f"{self.system.name}, {what}: {asked.missing} of {len(requests)} questions have no answer "
                    f"({asked.first_reason}); the same command asks them again"
                )
            if asked.missing == len(requests):
                raise ModelError(
                    f"{self.system.name}: none of {len(requests)} questions was answered; first: {asked.first_reason}"
                )
        return {one.place: answer for one in requests if (answer := self._journal.get(one)) is not None}

    def means(
        self, what: str, questions: Sequence[tuple[str, Sequence[Message], Sequence[str]]]
    ) -> dict[str, list[float]]:
        """By place, the mean log-probability a token of each continuation of a conversation; empty where the backend
        cannot score, which `scores_missing` then explains."""
        found: dict[str, list[float]] = {}
        with self._progress.task(f"{self.system.name}: {what}", total=len(questions)) as task:
            for place, turns, continuations in questions:
                one = _score_request(place, turns, continuations, self._identity)
                scores = _stored(self._journal.get(one))
                if scores is None:
                    try:
                        scores = [
                            sum(logprobs) / max(1, len(logprobs))
                            for logprobs in self.model.score(list(turns), list(continuations))
                        ]
                    except ModelError as error:
                        self.scores_missing = str(error)
                        return {}
                    self._journal.put(one, Answer(json.dumps(scores), self.system.name))
                found[place] = scores
                task.advance()
        return found

    @property
    def model(self) -> Backend:
        """The model, opened now if it is not yet."""
        if self._model is None:
            self._model = self._opener(self.system)
        return self._model

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.close()
        if self._model is not None:
            self._model.close()


def _identity(system: System) -> str:
    """What answers depend on besides the question: the reference, and the adapter's bytes."""
    parts = [system.reference]
    if system.adapter is not None:
        files = (
            sorted(system.adapter.glob("adapter_model.*")) if system.adapter.is_dir() else [system.adapter]
        )
        parts += [sha256(file) for file in files if file.is_file()]
    return "|".join(parts)


def _score_request(
    place: str, turns: Sequence[Message], continuations: Sequence[str], identity: str
) -> Request:
    joined = hashlib.sha256("\0".join(continuations).encode()).hexdigest()
    return request(f"score:{place}", turns, f"{identity}|{joined}", _SCORES)


def _stored(answer: Answer | None) -> list[float] | None:
    if answer is not None:
        with suppress(ValueError, TypeError):
            return [float(score) for score in json.loads(answer.text)]
    return None
