"""Resumable asking: raw answers on disk by request, so that nothing that was answered is ever asked again.

Two stores keep answers: `Store` one file a request, which people can read one by one and processes can share;
`Journal` one line a request in one file, for many short answers of one process.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar, overload

from caibian.errors import ModelError
from caibian.files import write_json
from caibian.models.backend import Backend
from caibian.models.chat import ChatModel, Options
from caibian.progress import Task
from caibian.records import Answer, Message

_T = TypeVar("_T")
_BATCH = 4  # questions at a time for a model that hands its answers back together: what a kill can lose
# Failures in a row with one beginning of their reason: the server is down or the key is wrong, and the rest would fail
# like them. Passages too long for the model each give their own number of tokens, and are no reason to stop.
_GIVE_UP_AFTER = 12
_SAME_REASON = 60  # characters
_REASON_CHARACTERS = 200
_OPTION_FIELDS = tuple(field.name for field in dataclasses.fields(Options))
_ANSWER_FIELDS = tuple(field.name for field in dataclasses.fields(Answer))


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model and where it comes from; `request` makes one."""

    place: str  # `file#page=3#passage=12`, `example#repeat=1`
    conversation: tuple[Message, ...]
    key: str


def request(place: str, conversation: Sequence[Message], model: str, options: Options) -> Request:
    """A request with its key: a hash of all that its answer depends on."""
    asked = [model, list(conversation), {name: getattr(options, name) for name in _OPTION_FIELDS}]
    text = json.dumps(asked, ensure_ascii=False, sort_keys=True)
    return Request(
        place, tuple(conversation), hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    )


class Answers(Protocol):
    """Where `ask` keeps answers."""

    def get(self, one: Request) -> Answer | None:
        """The stored answer, if there is one."""
        ...

    def put(self, one: Request, answer: Answer) -> None:
        """Store an answer for good."""
        ...


class Store:
    """Answers by request, each a JSON file that is whole or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, one: Request) -> Answer | None:
        """The stored answer; None where there is none or its file is damaged."""
        try:
            stored = json.loads(self._path(one).read_text(encoding="utf-8"))
            return Answer(**stored["answer"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, one: Request, answer: Answer) -> None:
        """Store an answer, with its question for people to read."""
        write_json(
            self._path(one),
            {
                "place": one.place,
                "conversation": list(one.conversation),
                "answer": dataclasses.asdict(answer),
            },
        )

    def _path(self, one: Request) -> Path:
        return self._folder / one.key[:2] / f"{one.key}.json"


class Journal:
    """Answers by request in one file, a line of JSON each, written as they come.

    A line that a kill cut off costs its own answer only. Not for two processes at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._answers: dict[str, Answer] = {}
        whole = True
        with suppress(FileNotFoundError), path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                whole = line.endswith("\n")
                with suppress(ValueError, KeyError, TypeError):
                    stored = json.loads(line)
                    self._answers[stored["key"]] = Answer(**stored["answer"])
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("a", encoding="utf-8", errors="backslashreplace")
        if not whole:
            self._stream.write("\n")

    def get(self, one: Request) -> Answer | None:
        """The stored answer; None where there is none or its line is damaged."""
        return self._answers.get(one.key)

    def put(self, one: Request, answer: Answer) -> None:
        """Store an answer; its question is told by place and key, not repeated."""
        self._answers[one.key] = answer
        facts = {name: getattr(answer, name) for name in _ANSWER_FIELDS}
        line = json.dumps({"place": one.place, "key": one.key, "answer": facts}, ensure_ascii=False)
        self._stream.write(line + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


@dataclass
class Asked:
    """What came of asking."""

    stored: int = 0  # answered by an earlier run
    answered: int = 0  # by this one
    failures: Counter[str] = field(default_factory=Counter)  # reason -> requests
    not_asked: int = 0  # left when the model was given up

    @property
    def missing(self) -> int:
        """Requests without an answer so far."""
        return self.failures.total() + self.not_asked

    def and_then(self, more: Asked) -> Asked:
        """Both together."""
        return Asked(
            self.stored + more.stored,
            self.answered + more.answered,
            self.failures + more.failures,
            self.not_asked + more.not_asked,
        )

    @property
    def first_reason(self) -> str:
        """The most frequent reason of failures."""
        return self.failures.most_common(1)[0][0] if self.failures else ""


def ask(
    requests: Iterable[Request],
    store: Answers,
    model: ChatModel,
    options: Options,
    task: Task,
    on_answer: Callable[[Request, Answer], None] | None = None,
) -> Asked:
    """Have every request answered that the store has no answer to, storing each answer as it comes.

    Requests may come from a generator: a server works on the first while the next are made. A failure costs its own request only; after `_GIVE_UP_AFTER` like ones in a row the rest is left for the next run.
    `on_answer` hears of each new answer while others are under way.
    """
    asked = Asked()
    waiting = _Made(_unanswered(requests, store, asked, task))
    alike: list[str] = []  # reasons of the last failures in a row that begin in one way
    answers = _answers(model, waiting, options)
    try:
        for place, answer in answers:
            task.advance()
            if answer.finish_reason != "error":
                store.put(waiting[place], answer)
                if on_answer is not None:
                    on_answer(waiting[place], answer)
                asked.answered += 1
                alike.clear()
                continue
            reason = (answer.error or "no reason given")[:_REASON_CHARACTERS]
            asked.failures[reason] += 1
            task.note(f"{asked.failures.total()} failed")
            if alike and alike[0] != reason[:_SAME_REASON]:
                alike.clear()
            alike.append(reason[:_SAME_REASON])
            if len(alike) == _GIVE_UP_AFTER:
                break
    finally:
        answers.close()
    asked.not_asked = len(waiting) - asked.answered - asked.failures.total()
    return asked


def _unanswered(requests: Iterable[Request], store: Answers, asked: Asked, task: Task) -> Iterator[Request]:
    for one in requests:
        if store.get(one) is None:
            yield one
        else:
            asked.stored += 1
            task.advance()


class _Made(Sequence[_T]):
    """A sequence made as it is walked through, and kept; asked for its length it is made to its end."""

    def __init__(self, source: Iterator[_T]) -> None:
        self._source, self._items = source, list[_T]()

    def __iter__(self) -> Iterator[_T]:
        at = 0
        while at < len(self._items) or self._make():
            yield self._items[at]
            at += 1

    def __len__(self) -> int:
        while self._make():
            pass
        return len(self._items)

    @overload
    def __getitem__(self, at: int) -> _T: ...
    @overload
    def __getitem__(self, at: slice) -> list[_T]: ...
    def __getitem__(self, at: int | slice) -> _T | list[_T]:
        while not (isinstance(at, int) and 0 <= at < len(self._items)) and self._make():
            pass
        return self._items[at]

    def _make(self) -> bool:
        """Make one more; False at the end."""
        for one in self._source:
            self._items.append(one)
            return True
        return False


def _answers(
    model: ChatModel, waiting: Sequence[Request], options: Options
) -> Generator[tuple[int, Answer], None, None]:
    conversations = _Made(one.conversation for one in waiting)
    if isinstance(model, Backend):
        yield from model.generate_iter(conversations, options)
        return
    for start in range(0, len(waiting), _BATCH):
        batch = conversations[start : start + _BATCH]
        answers = model.generate(batch, options)
        if len(answers) != len(batch):
            raise ModelError(f"{model.name}: {len(answers)} answers to {len(batch)} questions")
        yield from enumerate(answers, start)
