"""How OpenAI's routes stand in the OpenAPI document: their bodies are checked by hand, so they are described by hand."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "integer", "null"]},
            },
        }
    },
}
_WHAT = {
    400: "The request cannot be answered as it is; `error.param` names the field.",
    401: "No key, or one that is void.",
    403: "Not for this role or key, or the feature is switched off.",
    404: "The house has no such model.",
    413: "The body is too large.",
    415: "The body is not announced as JSON.",
    429: "Too many requests, a budget is used up, or every engine has a full queue; Retry-After says when to come back.",
    500: "The engine failed on this request.",
    502: "The engine failed on this request.",
    503: "No engine runs, or the service is stopping; Retry-After says when to come back.",
    504: "No engine finished within the deadline.",
}
EVENTS: dict[str, Any] = {
    "schema": {
        "type": "object",
        "description": "One of the events.",
        "required": ["data"],
        "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    }
}
"""A stream of server-sent events."""
_OF_A_REQUEST = (400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error answers in OpenAI's form."""
    return {
        status: {"description": _WHAT[status], "content": {"application/json": {"schema": _ERROR}}}
        for status in statuses
    }


def documented(kind: type[BaseModel], answer: str, *, stream: bool = False) -> dict[str, Any]:
    """Arguments of a route that takes this body.

    Args:
        answer: `object` of what it answers.
    """
    whole = {
        "type": "object",
        "required": ["object", "usage", "data" if answer == "list" else "choices"],
        "properties": {"object": {"const": answer}, "usage": {"type": "object"}},
    }
    content: dict[str, Any] = {"application/json": {"schema": whole}}
    if stream:
        content["text/event-stream"] = EVENTS
    body = {"required": True, "content": {"application/json": {"schema": _inlined(kind.model_json_schema())}}}
    return {
        "responses": {200: {"description": "The answer.", "content": content}, **errors(*_OF_A_REQUEST)},
        "openapi_extra": {"requestBody": body},
        "response_model": None,
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without references into itself, which would lead elsewhere within a larger document."""
    kept = schema.pop("$defs", {})

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return walk(kept[value["$ref"].rpartition("/")[2]])
            return {name: walk(one) for name, one in value.items()}
        return [walk(one) for one in value] if isinstance(value, list) else value

    found: dict[str, Any] = walk(schema)
    return found
