"""What the rest of the service asks of a gateway, and what it gets."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol

from caibian.api.tasks import Engine
from caibian.models.chat import Options
from caibian.records import Message
from caibian.service.engine_errors import Busy, EngineDown, Overdue, UnknownModel

__all__ = [
    "Asked",
    "Busy",
    "EngineDown",
    "Events",
    "Finished",
    "Gateway",
    "Overdue",
    "Relayed",
    "Route",
    "Took",
    "UnknownModel",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """One conversation for one model."""

    messages: Sequence[Message]
    options: Options
    model: str | None = None  # an engine's name; None: the first of the house
    fenced: Sequence[Message] | None = None
    """The same for an engine that wants tasks fenced, where `messages` is plain: one that is asked instead of a model that
    was trained on plain ones must not take pasted material for orders."""
    took: Took = field(default_factory=lambda: Took(), compare=False)
    """Filled in when a streamed answer has ended, however it ends: its asker may have left before `Finished` came."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer: the whole text, personal data restored, and what it took."""

    text: str
    model: str  # the engine that answered
    instead_of: str | None  # the engine that was asked first and could not
    finish_reason: str  # stop | length
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    first_token_seconds: float | None
    cost: float = 0.0  # in the house's currency
    masked: dict[str, int] = field(default_factory=dict)  # kind of personal data -> how many were hidden


Route = Literal["chat/completions", "completions", "embeddings"]
"""Routes of OpenAI's interface that an engine may be asked by."""


@dataclass(slots=True)
class Took:
    """What a relayed request took; filled in while it is answered, complete when the answer has ended."""

    model: str | None = None  # the engine that answers, known when `relay` returns
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    first_token_seconds: float | None = None
    masked: dict[str, int] = field(default_factory=dict)

    def become(self, other: Took) -> None:
        """Say what another one says."""
        for one in fields(other):
            setattr(self, one.name, getattr(other, one.name))


class Events(Protocol):
    """Server-sent events of an answer. `close` stops the model; it must be called, even if no event was asked for."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield them."""
        ...

    def close(self) -> None:
        """Hang up; a second call does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Relayed:
    """An engine's answer in OpenAI's own form: whole, or as server-sent events."""

    status: int
    content: bytes = b""
    events: Events | None = None


class Gateway(Protocol):
    """Asks engines. Made once a process and shared by all requests."""

    def pieces(self, asked: Asked) -> AsyncGenerator[str | Finished, None]:
        """The answer in pieces, then `Finished`. Closing the generator stops the model.

        Raises:
            UnknownModel: there is no such engine.
            Busy: every engine that may answer has a full queue.
            EngineDown: none of them runs.
            Overdue: the deadline has passed.
            ContextOverflow, UnsupportedSchema: the engine refuses what it was asked.
        """
        ...

    async def answer(self, asked: Asked) -> Finished:
        """The answer in one piece. Raises: as `pieces`."""
        ...

    async def relay(self, route: Route, body: dict[str, Any], took: Took) -> Relayed:
        """Ask in OpenAI's own form, and have the answer in it. `body` has been checked; its model may be missing.

        Where the engine dies in the middle of a stream, or the deadline passes, the last event is an error.

        Raises: as `pieces`, before anything was answered. What an engine refuses comes as its status and content.
        """
        ...

    async def engines(self) -> list[Engine]:
        """All engines as they stand now, in the order of the settings."""
        ...

    def framing(self, model: str | None) -> str:
        """How an engine wants tasks put: `fenced` (pasted material between marks, as data) or `plain` (as trained)."""
        ...
