"""Conversations in our own terms over OpenAI's: what is asked as a body, what comes back as text."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from typing import Any

from caibian.errors import ContextOverflow, ModelError, UnsupportedSchema
from caibian.service.engine_errors import EngineDown
from caibian.service.gateway.asking import Asked, Finished, Took
from caibian.service.gateway.engines import Sent
from caibian.service.gateway.events import data, events, is_done, text_of
from caibian.service.line import OK

_FINISHED = {"stop": "stop", "length": "length", None: "stop"}


def body(asked: Asked, framing: str, *, stream: bool) -> dict[str, Any]:
    """A conversation in OpenAI's form, as an engine of this framing wants it; the engine's name comes to it later."""
    options = asked.options
    messages = asked.fenced if asked.fenced is not None and framing == "fenced" else asked.messages
    made: dict[str, Any] = {
        "messages": [{"role": turn["role"], "content": turn["content"]} for turn in messages],
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "top_p": options.top_p,
        "seed": options.seed,
        "stream": stream,
    }
    if options.stop:
        made["stop"] = list(options.stop)
    if options.json_schema is not None:
        schema = {"name": "answer", "schema": options.json_schema, "strict": True}
        made["response_format"] = {"type": "json_schema", "json_schema": schema}
    return made


class Stream:
    """The text of an answer as it comes; closing it stops the engine.

    Args:
        sent: what the engine has begun to answer.
        took: filled in on the way.
        began: when the request came, by `time.perf_counter`.
    """

    def __init__(self, sent: Sent, took: Took, began: float) -> None:
        self._sent, self._took, self._began = sent, took, began
        self._texts: list[str] = []
        self._reason: str | None = None
        self._usage: Any = None

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        """Yield the text in pieces, personal data restored.

        Raises: as `Gateway.pieces`.
        """
        call, took = self._sent.call, self._took
        if call.status != OK:
            raise refusal(await call.read())
        restorer = self._sent.vault.restorer() if self._sent.vault is not None else None
        done = False
        async for event in events(call.chunks()):
            if is_done(event):
                done = True
                await call.end()
                break
            if (said := data(event)) is None:
                continue
            if "error" in said:
                raise refusal(event[5:])
            self._usage = said.get("usage") or self._usage
            text = text_of(said)
            if text and took.first_token_seconds is None:
                took.first_token_seconds = time.perf_counter() - self._began
            for choice in said.get("choices") or ():
                self._reason = choice.get("finish_reason") or self._reason
            if text and restorer is not None:
                text = restorer.push(text)
            if text:
                self._texts.append(text)
                yield text
        if not done:
            raise EngineDown(f"the engine {self._sent.engine.name} stopped while it answered")
        if restorer is not None and (text := restorer.finish()):
            self._texts.append(text)
            yield text

    def close(self) -> None:
        """Stop the engine, unless it has ended, and note what was taken."""
        self._sent.call.close()
        usage = self._usage or self._sent.cut_off(len(self._texts))
        self._sent.engine.spent(self._took, usage, self._sent.vault)

    def finished(self, instead_of: str | None) -> Finished:
        """What the answer was."""
        return finished("".join(self._texts), self._reason, self._took, self._began, instead_of)


async def whole(sent: Sent, took: Took, began: float, instead_of: str | None) -> Finished:
    """An answer that is not streamed. Raises: as `Gateway.answer`."""
    try:
        content = await sent.call.read()
    finally:
        sent.call.close()
    if sent.call.status != OK:
        raise refusal(content)
    try:
        said = json.loads(content)
        choice = said["choices"][0]
        text = choice["message"].get("content") or ""
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise EngineDown(
            f"the engine {sent.engine.name} answered with something else than a completion"
        ) from error
    if sent.vault is not None:
        text = sent.vault.restore(text)
    sent.engine.spent(took, said.get("usage"), sent.vault)
    return finished(text, choice.get("finish_reason"), took, began, instead_of)


def finished(text: str, reason: str | None, took: Took, began: float, instead_of: str | None) -> Finished:
    """The end of an answer.

    Raises:
        ModelError: the engine ended it for a reason that is none of ours, a filter for example.
    """
    if reason not in _FINISHED:
        raise ModelError(f"the engine {took.model} ended the answer with finish_reason {reason!r}")
    return Finished(
        text=text,
        model=took.model or "",
        instead_of=instead_of,
        finish_reason=_FINISHED[reason],
        prompt_tokens=took.prompt_tokens,
        completion_tokens=took.completion_tokens,
        seconds=time.perf_counter() - began,
        first_token_seconds=took.first_token_seconds,
        cost=took.cost,
        masked=took.masked,
    )


def refusal(content: bytes) -> ModelError:
    """What an engine refused, in our errors."""
    try:
        error = json.loads(content)["error"]
        message, code, param = str(error.get("message")), error.get("code"), error.get("param")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ModelError(f"the engine refused: {content[:200].decode('utf-8', 'replace')}")
    if code == "context_length_exceeded":
        return ContextOverflow(message)
    if param == "response_format":
        return UnsupportedSchema(message)
    return ModelError(message)
