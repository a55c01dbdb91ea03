"""Errors on the wire: a `Problem`, and on OpenAI's routes the body that OpenAI's clients understand."""

from __future__ import annotations

import json

from caibian.api.wire import PREFIX, Problem
from caibian.service.wire import error_body

_OPENAI = tuple(f"{PREFIX}/{route}" for route in ("chat/completions", "completions", "embeddings", "models"))
_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_SERVER = 500


def is_openai(path: str) -> bool:
    """Whether a path is one of OpenAI's interface."""
    return path.startswith(_OPENAI)


def shaped(path: str, status: int, problem: Problem) -> bytes:
    """The body of an error, as who calls this path expects it."""
    if not is_openai(path):
        return problem.model_dump_json().encode()
    kind = _KINDS.get(status, "server_error" if status >= _SERVER else "invalid_request_error")
    return json.dumps(error_body(problem.message, kind, problem.code), ensure_ascii=False).encode()
