"""Server-sent events of OpenAI's interface: told apart as bytes, read only where something has to be known of them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

DONE = b"data: [DONE]\n\n"
_END = b"\n\n"
_DATA = b"data:"


async def events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Whole events, each with the empty line that ends it, however they were cut on the way."""
    held = b""
    async for chunk in chunks:
        if b"\r" in chunk:  # as some servers end their lines
            chunk = chunk.replace(b"\r", b"")
        held += chunk
        if not held.endswith(_END) and _END not in held:
            continue
        *whole, held = held.split(_END)
        for event in whole:
            if event:
                yield event + _END
    if held.strip():
        yield held + _END


def is_done(event: bytes) -> bool:
    """Whether an event is the end mark."""
    return event.startswith(_DATA) and event[5:].strip() == b"[DONE]"


def data(event: bytes) -> dict[str, Any] | None:
    """What an event says; None for comments, the end mark and what is no JSON object."""
    if not event.startswith(_DATA):
        return None
    try:
        value = json.loads(event[5:])
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def may_hold_usage(event: bytes) -> bool:
    """Whether an event should be looked into for the counts of tokens."""
    return b'"usage"' in event


def text_of(said: dict[str, Any]) -> str:
    """The text that an event adds to the answer."""
    choices = said.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return ""
    first = choices[0]
    delta = first.get("delta")
    text = delta.get("content") if isinstance(delta, dict) else first.get("text")
    return text if isinstance(text, str) else ""


def written(said: dict[str, Any]) -> bytes:
    """An event that says this."""
    return b"data: " + json.dumps(said, ensure_ascii=False).encode("utf-8", "replace") + _END
