"""What the rest of the service asks of a gateway, and what it gets."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from caibian.api.tasks import Engine
from caibian.errors import CaibianError
from caibian.models.chat import Options
from caibian.records import Message


@dataclass(frozen=True, slots=True)
class Asked:
    """One conversation for one model."""

    messages: Sequence[Message]
    options: Options
    model: str | None = None  # an engine's name; None: the first of the house


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


class UnknownModel(CaibianError):
    """The house has no engine of this name."""


class Overdue(CaibianError):
    """No engine finished within the deadline."""


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

    async def engines(self) -> list[Engine]:
        """All engines as they stand now, in the order of the settings."""
        ...

    def framing(self, model: str | None) -> str:
        """How an engine wants tasks put: `fenced` (pasted material between marks, as data) or `plain` (as trained)."""
        ...
