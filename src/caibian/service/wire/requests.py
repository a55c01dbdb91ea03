"""What is understood of a request in OpenAI's form."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from caibian.models.chat import Options
from caibian.records import Message

_DEFAULT_ANSWER_TOKENS = 1024  # for clients that name no limit
_DEFAULT_COMPLETION_TOKENS = 16  # as OpenAI's
_MOST_ALTERNATIVES = 20  # as OpenAI's
_MOST_STOPS = 4
_MOST_INPUTS = 2048  # texts of one request for embeddings, as OpenAI's
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
    "suffix",
    "echo",
)
# An empty schema: any object.
_ANY_OBJECT: dict[str, Any] = {"type": "object"}


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


class _Generation(BaseModel):
    """What requests for text have in common.

    Without `temperature` the answer is greedy, so that the same question has the same answer.
    """

    model_config = ConfigDict(extra="allow", strict=False)

    model: str
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(gt=0, le=1)] = None
    seed: Annotated[int | None, Field(ge=-(2**63), lt=2**63)] = None
    stop: str | list[str] | None = None
    n: Literal[1] | None = None
    presence_penalty: Literal[0] | None = None
    frequency_penalty: Literal[0] | None = None

    @field_validator("stop")
    @classmethod
    def _few_stops(cls, stop: str | list[str] | None) -> str | list[str] | None:
        if isinstance(stop, list) and len(stop) > _MOST_STOPS:
            raise ValueError(f"at most {_MOST_STOPS} stop strings")
        return stop

    @model_validator(mode="after")
    def _refuse_the_rest(self) -> Self:
        extra = self.model_extra or {}
        refused = [name for name in _REFUSED if extra.get(name) not in (None, [], {}, ["text"], False, "")]
        if refused:
            raise ValueError(f"{', '.join(refused)}: not supported by this server")
        return self

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with the counts of tokens."""
        return self.stream_options is not None and self.stream_options.include_usage

    def _options(self, most: int, schema: dict[str, Any] | None = None) -> Options:
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Options(
            max_tokens=most,
            temperature=self.temperature or 0.0,
            top_p=self.top_p or 1.0,
            seed=self.seed or 0,
            stop=tuple(text for text in stop if text),
            json_schema=schema,
        )


class ChatRequest(_Generation):
    """The body of POST /v1/chat/completions, as far as it can be honoured."""

    messages: Annotated[list[Turn], Field(min_length=1)]
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=_MOST_ALTERNATIVES)] = None
    response_format: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        self._schema()
        return self

    def options(self) -> Options:
        """As our Options."""
        most = self.max_completion_tokens or self.max_tokens or _DEFAULT_ANSWER_TOKENS
        return self._options(most, self._schema())

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


class CompletionRequest(_Generation):
    """The body of POST /v1/completions: a text to go on with. One text a request."""

    prompt: Annotated[str, Field(min_length=1)]
    logprobs: Annotated[int | None, Field(ge=0, le=_MOST_ALTERNATIVES)] = None
    best_of: Literal[1] | None = None

    @field_validator("prompt", mode="before")
    @classmethod
    def _one_text(cls, prompt: Any) -> Any:
        if isinstance(prompt, list):
            if len(prompt) != 1 or not isinstance(prompt[0], str):
                raise ValueError("must be one text; token ids and several texts are not supported")
            return prompt[0]
        return prompt

    def options(self) -> Options:
        """As our Options."""
        return self._options(self.max_tokens or _DEFAULT_COMPLETION_TOKENS)

    def alternatives(self) -> int | None:
        """How many alternatives of each token are wanted; None: no log-probabilities at all."""
        return self.logprobs


class EmbeddingRequest(BaseModel):
    """The body of POST /v1/embeddings.

    `input_type` (query or passage) is for models that put a question elsewhere than the text that answers it.
    """

    model_config = ConfigDict(extra="ignore")

    model: str
    input: Annotated[list[str], Field(min_length=1, max_length=_MOST_INPUTS)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int | None, Field(ge=1)] = None
    input_type: Literal["query", "passage"] = "passage"

    @field_validator("input", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("input")
    @classmethod
    def _no_empty_text(cls, texts: list[str]) -> list[str]:
        if not all(texts):
            raise ValueError("an empty text has no embedding")
        return texts


class LogprobsRequest(BaseModel):
    """The body of POST /v1/caibian/logprobs: score given answers to one conversation."""

    model_config = ConfigDict(extra="forbid")

    model: str
    messages: Annotated[list[Turn], Field(min_length=1)]
    answers: Annotated[list[str], Field(min_length=1, max_length=256)]
