"""`ChatModel`: messages in, `Answer` out, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from caibian.records import Answer, Message

Conversation = Sequence[Message]


@dataclass(frozen=True, slots=True)
class Options:
    """How to generate. The defaults are greedy and reproducible."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    json_schema: dict[str, Any] | None = None  # the answer is one JSON document of this schema


@dataclass(frozen=True, slots=True)
class Choice:
    """The outcome of a closed question: natural-log probability of each choice as the whole answer."""

    best: str
    logprobs: dict[str, float] = field(default_factory=dict)  # sum over the choice's tokens
    tokens: dict[str, int] = field(default_factory=dict)  # its length in tokens, for length normalisation


@runtime_checkable
class ChatModel(Protocol):
    """The protocol every backend keeps; `tests/models/test_conformance.py` runs over all of them."""

    name: str

    def generate(self, conversations: Sequence[Conversation], options: Options = ...) -> list[Answer]:
        """Answer each conversation, in order. One conversation's failure is an Answer with
        `finish_reason="error"` and its reason, and never costs the others."""
        ...

    def stream(self, conversation: Conversation, options: Options = ...) -> Iterator[str]:
        """Yield the answer to one conversation in pieces; joined they are the text of `generate`."""
        ...

    def choose(self, conversation: Conversation, choices: Sequence[str]) -> Choice:
        """Score each of `choices` as the answer and return the best by total log-probability."""
        ...

    def logprobs(self, conversation: Conversation, answer: str) -> list[float]:
        """Natural-log probability of each token of `answer` (end-of-turn token excluded), teacher-forced.

        Raises ModelError where a backend cannot give them.
        """
        ...

    def close(self) -> None:
        """Free weights, threads and connections."""
        ...
