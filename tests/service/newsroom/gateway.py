"""A gateway that says what a test's function says, without any engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

from caibian.api.tasks import Engine
from caibian.models.chat import Options
from caibian.records import Message
from caibian.service.gateway.asking import Asked, Finished, UnknownModel

Script = Callable[[Sequence[Message], Options], str]
NAMES = ("tuned", "base")
CHARS_A_PIECE = 4
COST_A_TOKEN = 0.001


def echo(messages: Sequence[Message], options: Options) -> str:
    """What was asked last."""
    return messages[-1]["content"]


class ScriptedGateway:
    """`Gateway` over a function from messages to text; a token is a character.

    `script` may be replaced at any time; an error that it raises is the engine's. `asked` lists all that was asked,
    `closed` those whose asker left before the end.
    """

    def __init__(self, script: Script = echo, names: Sequence[str] = NAMES, framing: str = "fenced") -> None:
        self.script, self.names, self.how = script, list(names), framing
        self.asked: list[Asked] = []
        self.closed: list[Asked] = []

    async def pieces(self, asked: Asked) -> AsyncGenerator[str | Finished, None]:
        if asked.model is not None and asked.model not in self.names:
            raise UnknownModel(f"model {asked.model}: there is none of this name")
        self.asked.append(asked)
        whole = self.script(asked.messages, asked.options)
        text = whole[: asked.options.max_tokens]
        try:
            for start in range(0, len(text), CHARS_A_PIECE):
                yield text[start : start + CHARS_A_PIECE]
        except GeneratorExit:
            self.closed.append(asked)
            raise
        prompt = sum(len(message["content"]) for message in asked.messages)
        yield Finished(
            text=text,
            model=asked.model or self.names[0],
            instead_of=None,
            finish_reason="stop" if text == whole else "length",
            prompt_tokens=prompt,
            completion_tokens=len(text),
            seconds=0.02,
            first_token_seconds=0.01,
            cost=COST_A_TOKEN * (prompt + len(text)),
        )

    async def answer(self, asked: Asked) -> Finished:
        async for piece in self.pieces(asked):
            if isinstance(piece, Finished):
                return piece
        raise AssertionError("the answer has no end")

    async def engines(self) -> list[Engine]:
        return [
            Engine(
                name=name,
                kind="local",
                model=f"{name}-0.5b",
                state="ready",
                fallback=[],
                running=0,
                waiting=0,
                starts=1,
                masks=False,
                embeds=False,
            )
            for name in self.names
        ]

    def framing(self, model: str | None) -> str:
        return self.how
