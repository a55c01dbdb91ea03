"""A gateway that says what a test's function says, without any engine."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from caibian.api.tasks import Engine
from caibian.models.backend import Piece
from caibian.models.chat import Options
from caibian.records import Message
from caibian.service.gateway.asking import Asked, Finished, Relayed, Route, Took, UnknownModel
from caibian.service.wire import Writer

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

    async def relay(self, route: Route, body: dict[str, Any], took: Took) -> Relayed:
        """Chat alone, whole or as events, in OpenAI's form."""
        turns = [{"role": turn["role"], "content": turn["content"]} for turn in body.get("messages", ())]
        asked = Asked(turns, Options(max_tokens=body.get("max_tokens") or 1024), body.get("model"))
        if asked.model is not None and asked.model not in self.names:
            raise UnknownModel(f"model {asked.model}: there is none of this name")
        took.model = asked.model or self.names[0]
        if body.get("stream"):
            with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            return Relayed(
                200, events=_Said(self.pieces(asked), asked.model or self.names[0], took, with_usage)
            )
        end = await self.answer(asked)
        return Relayed(200, json.dumps(Writer(end.model).whole(end.text, _took(end, took), None)).encode())

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
        if model is not None and model not in self.names:
            raise UnknownModel(f"model {model}: there is none of this name")
        return self.how


class _Said:
    """An answer as events, while it is said."""

    def __init__(
        self, pieces: AsyncGenerator[str | Finished, None], model: str, took: Took, with_usage: bool
    ) -> None:
        self._pieces, self._model, self._took, self._with_usage = pieces, model, took, with_usage

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        writer = Writer(self._model)
        yield writer.begin()
        try:
            async for piece in self._pieces:
                if isinstance(piece, Finished):
                    yield writer.end(_took(piece, self._took), with_usage=self._with_usage)
                else:
                    yield writer.piece(Piece(piece), with_scores=False)
        finally:
            await self._pieces.aclose()

    def close(self) -> None:
        """The generator is closed where it is read."""


def _took(end: Finished, took: Took) -> Piece:
    """Note what an answer took; gives its last piece."""
    took.model, took.cost = end.model, end.cost
    took.prompt_tokens, took.completion_tokens = end.prompt_tokens, end.completion_tokens
    took.first_token_seconds = end.first_token_seconds
    return Piece("", (), end.prompt_tokens, end.completion_tokens, end.finish_reason)
