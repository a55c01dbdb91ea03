"""How answers and errors are written in OpenAI's form."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from caibian.models.backend import Piece, TokenScore
from caibian.service.wire.requests import ChatRequest, CompletionRequest


def error_body(message: str, kind: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """An error as OpenAI's servers shape it."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def writer(asked: ChatRequest | CompletionRequest) -> Writer:
    """What writes the answer to a request."""
    return (Writer if isinstance(asked, ChatRequest) else CompletionWriter)(asked.model)


class Writer:
    """Writes one answer of a conversation, whole or as server-sent events."""

    _kind, _chunk, _prefix = "chat.completion", "chat.completion.chunk", "chatcmpl"

    def __init__(self, model: str) -> None:
        self._head = {"id": f"{self._prefix}-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    def whole(self, text: str, last: Piece, scores: Sequence[TokenScore] | None) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": _logprobs(scores),
            "finish_reason": last.finish_reason,
        }
        return self._head | {"object": self._kind, "choices": [choice], "usage": _usage(last)}

    def begin(self) -> bytes:
        """The first event: who speaks."""
        return self._event({"role": "assistant", "content": ""}, None)

    def piece(self, piece: Piece, *, with_scores: bool) -> bytes:
        """A piece of text."""
        return self._event({"content": piece.text}, None, piece.tokens if with_scores else None)

    def end(self, last: Piece, *, with_usage: bool) -> bytes:
        """The last events: the reason, on request the usage, and the end mark."""
        events = self._last(last.finish_reason)
        if with_usage:
            body = self._head | {"object": self._chunk, "choices": [], "usage": _usage(last)}
            events += sse(body)
        return events + b"data: [DONE]\n\n"

    def _last(self, reason: str | None) -> bytes:
        return self._event({}, reason)

    def _event(
        self, delta: dict[str, Any], reason: str | None, scores: Sequence[TokenScore] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": _logprobs(scores), "finish_reason": reason}
        return sse(self._head | {"object": self._chunk, "choices": [choice]})


class CompletionWriter(Writer):
    """Writes what follows a text."""

    _kind, _chunk, _prefix = "text_completion", "text_completion", "cmpl"

    def whole(self, text: str, last: Piece, scores: Sequence[TokenScore] | None) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        return self._head | {
            "object": self._kind,
            "choices": [self._choice(text, last.finish_reason, scores)],
            "usage": _usage(last),
        }

    def begin(self) -> bytes:
        """Nothing: there is nobody who speaks."""
        return b""

    def piece(self, piece: Piece, *, with_scores: bool) -> bytes:
        """A piece of text."""
        return self._text(piece.text, None, piece.tokens if with_scores else None)

    def _last(self, reason: str | None) -> bytes:
        return self._text("", reason, None)

    def _text(self, text: str, reason: str | None, scores: Sequence[TokenScore] | None) -> bytes:
        return sse(self._head | {"object": self._chunk, "choices": [self._choice(text, reason, scores)]})

    def _choice(self, text: str, reason: str | None, scores: Sequence[TokenScore] | None) -> dict[str, Any]:
        found = None if scores is None else _columns(scores)
        return {"index": 0, "text": text, "logprobs": found, "finish_reason": reason}


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


def _columns(scores: Sequence[TokenScore]) -> dict[str, Any]:
    """Log-probabilities in the older form of completions; offsets count from where the answer begins."""
    ends = list(accumulate(len(score.token) for score in scores))
    return {
        "tokens": [score.token for score in scores],
        "token_logprobs": [score.logprob for score in scores],
        "top_logprobs": [dict(score.top) for score in scores],
        "text_offset": [0, *ends[:-1]] if ends else [],
    }
