"""OpenAI's chat completions on the wire: what is understood of a request, how answers and errors are written."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from caibian.models.backend import Piece, TokenScore
from caibian.models.chat import Options
from caibian.records import Message

_DEFAULT_ANSWER_TOKENS = 1024  # for clients that name no limit
_MOST_ALTERNATIVES = 20  # as OpenAI's
_MOST_STOPS = 4
# Fields that would change the answer if they were honoured; silently ignoring them would be a lie.
_REFUSED = (
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "logit_bias",
    "audio",
    "modalities",
    "prediction",
)
# An empty schema: any object.
_ANY_OBJECT: dict[str, Any] = {"type": "object"}


class BadRequest(Exception):
    """What the client sent cannot be answered. `param` names the field."""

    def __init__(
        self, message: str, param: str | None = None, *, status: int = 400, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.param, self.status, self.code = param, status, code


class Turn(BaseModel):
    """One message; text may come as OpenAI's list of parts."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant"]
    content: str

    @field_validator("content", mode="before")
    @classmethod
    def _join_parts(cls, content: Any) -> Any:
        if not isinstance(content, list):
            return "" if content is None else content
        if not all(isinstance(part, dict) and part.get("type") == "text" for part in content):
            raise ValueError("only text parts are supported")
        return "".join(str(part.get("text", "")) for part in content)

    def message(self) -> Message:
        """As a turn of our conversations; `developer` is OpenAI's newer word for `system`."""
        return {"role": "system" if self.role == "developer" else self.role, "content": self.content}


class StreamOptions(BaseModel):
    """What a client wants of a stream besides text."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class ChatRequest(BaseModel):
    """The body of POST /v1/chat/completions, as far as it can be honoured.

    Without `temperature` the answer is greedy, so that the same question has the same answer.
    """

    model_config = ConfigDict(extra="allow", strict=False)

    model: str
    messages: Annotated[list[Turn], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(gt=0, le=1)] = None
    seed: int | None = None
    stop: str | list[str] | None = None
    n: Literal[1] | None = None
    presence_penalty: Literal[0] | None = None
    frequency_penalty: Literal[0] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=_MOST_ALTERNATIVES)] = None
    response_format: dict[str, Any] | None = None

    @field_validator("stop")
    @classmethod
    def _few_stops(cls, stop: str | list[str] | None) -> str | list[str] | None:
        if isinstance(stop, list) and len(stop) > _MOST_STOPS:
            raise ValueError(f"at most {_MOST_STOPS} stop strings")
        return stop

    @model_validator(mode="after")
    def _refuse_the_rest(self) -> ChatRequest:
        extra = self.model_extra or {}
        refused = [name for name in _REFUSED if extra.get(name) not in (None, [], {}, ["text"])]
        if refused:
            raise ValueError(f"{', '.join(refused)}: not supported by this server")
        self._schema()
        return self

    def options(self) -> Options:
        """As our Options."""
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Options(
            max_tokens=self.max_completion_tokens or self.max_tokens or _DEFAULT_ANSWER_TOKENS,
            temperature=self.temperature or 0.0,
            top_p=self.top_p or 1.0,
            seed=self.seed or 0,
            stop=tuple(text for text in stop if text),
            json_schema=self._schema(),
        )

    def alternatives(self) -> int | None:
        """How many alternatives of each token are wanted; None: no log-probabilities at all."""
        return (self.top_logprobs or 0) if self.logprobs else None

    def conversation(self) -> list[Message]:
        """The messages as our conversation."""
        return [turn.message() for turn in self.messages]

    def _schema(self) -> dict[str, Any] | None:
        kind = (self.response_format or {"type": "text"}).get("type")
        if kind == "text":
            return None
        if kind == "json_object":
            return _ANY_OBJECT
        if kind == "json_schema" and self.response_format is not None:
            schema = (self.response_format.get("json_schema") or {}).get("schema")
            if isinstance(schema, dict):
                return schema
            raise ValueError("response_format.json_schema.schema: must be a JSON schema")
        raise ValueError("response_format.type: must be text, json_object or json_schema")


class LogprobsRequest(BaseModel):
    """The body of POST /v1/caibian/logprobs: score given answers to one conversation."""

    model_config = ConfigDict(extra="forbid")

    model: str
    messages: Annotated[list[Turn], Field(min_length=1)]
    answers: Annotated[list[str], Field(min_length=1, max_length=256)]


def parse(body: bytes, kind: type[ChatRequest] | type[LogprobsRequest]) -> Any:
    """A validated request.

    Raises:
        BadRequest: naming the first wrong field.
    """
    try:
        value = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        message = first["msg"].removeprefix("Value error, ")
        raise BadRequest(f"{field}: {message}" if field else message, field) from error


def error_body(message: str, kind: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """An error as OpenAI's servers shape it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Writer:
    """Writes one answer, whole or as server-sent events."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    def whole(self, text: str, last: Piece, scores: Sequence[TokenScore] | None) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": _logprobs(scores),
            "finish_reason": last.finish_reason,
        }
        return self._head | {"object": "chat.completion", "choices": [choice], "usage": _usage(last)}

    def begin(self) -> bytes:
        """The first event: who speaks."""
        return self._event({"role": "assistant", "content": ""}, None)

    def piece(self, piece: Piece, *, with_scores: bool) -> bytes:
        """A piece of text."""
        return self._event({"content": piece.text}, None, piece.tokens if with_scores else None)

    def end(self, last: Piece, *, with_usage: bool) -> bytes:
        """The last events: the reason, on request the usage, and the end mark."""
        events = self._event({}, last.finish_reason)
        if with_usage:
            body = self._head | {"object": "chat.completion.chunk", "choices": [], "usage": _usage(last)}
            events += sse(body)
        return events + b"data: [DONE]\n\n"

    def _event(
        self, delta: dict[str, Any], reason: str | None, scores: Sequence[TokenScore] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": _logprobs(scores), "finish_reason": reason}
        return sse(self._head | {"object": "chat.completion.chunk", "choices": [choice]})


def sse(body: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def _usage(last: Piece) -> dict[str, int]:
    return {
        "prompt_tokens": last.prompt_tokens,
        "completion_tokens": last.completion_tokens,
        "total_tokens": last.prompt_tokens + last.completion_tokens,
    }


def _logprobs(scores: Sequence[TokenScore] | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    return {
        "content": [
            _token(s.token, s.logprob) | {"top_logprobs": [_token(*other) for other in s.top]} for s in scores
        ],
        "refusal": None,
    }


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}
