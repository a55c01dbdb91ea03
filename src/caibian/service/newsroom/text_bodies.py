"""Refusing half characters. JSON can spell a lone surrogate, which no database, file or answer can hold."""

from __future__ import annotations

import json
from typing import Any

from caibian.errors import MissingExtra
from caibian.storage.refusals import Invalid

try:
    from fastapi import Request
except ImportError as error:
    raise MissingExtra(error.name or "fastapi", "serve") from error


async def whole_characters(request: Request) -> None:
    """A dependency: the strings of a JSON body are text.

    Raises:
        Invalid: naming the field that holds half a character.
    """
    if "json" not in request.headers.get("content-type", ""):
        return
    body = await request.body()
    if b"\\ud" not in body and b"\\uD" not in body:  # a surrogate can only come as an escape
        return
    try:
        field = _broken(json.loads(body), "")
    except ValueError:
        return  # said by the validation of the body
    except RecursionError as error:
        raise Invalid("the body: is nested too deeply") from error
    if field is not None:
        raise Invalid(f"{field or 'the body'}: holds half a character (a lone surrogate), which is no text")


def _broken(value: Any, name: str) -> str | None:
    """The first field with a lone surrogate."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return name
    elif isinstance(value, dict):
        for key, one in value.items():
            shown = key.encode("utf-8", "replace").decode()
            place = f"{name}.{shown}" if name else shown
            if _broken(key, place) is not None:
                return place
            if (deeper := _broken(one, place)) is not None:
                return deeper
    elif isinstance(value, list):
        for number, one in enumerate(value):
            if (place := _broken(one, f"{name}.{number}" if name else str(number))) is not None:
                return place
    return None
