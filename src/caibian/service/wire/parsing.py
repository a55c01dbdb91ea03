"""From the bytes of a body to a checked request."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

T = TypeVar("T", bound=BaseModel)


class BadRequest(Exception):
    """What the client sent cannot be answered. `param` names the field."""

    def __init__(
        self, message: str, param: str | None = None, *, status: int = 400, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.param, self.status, self.code = param, status, code


def parse(body: bytes, kind: type[T]) -> T:
    """A validated request.

    Raises:
        BadRequest: naming the first wrong field.
    """
    return check(load(body), kind)


def load(body: bytes) -> Any:
    """The JSON of a body.

    Raises:
        BadRequest: it is none.
    """
    try:
        value = json.loads(body, parse_constant=_no_number)
        if b"\\u" in body:  # where half a character may hide, which no engine can read
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRequest("the body holds half a character (a lone surrogate)") from None
    except ValueError as error:  # also of bytes that are no text
        raise BadRequest(f"the body is not JSON: {error}") from error
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def check(value: Any, kind: type[T]) -> T:
    """A validated request from its JSON. Raises: as `parse`."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        message = first["msg"].removeprefix("Value error, ")
        raise BadRequest(f"{field}: {message}" if field else message, field) from error
