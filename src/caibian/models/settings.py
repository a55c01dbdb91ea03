"""Which settings make sense for which backend, for programs that offer them all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caibian.models.open import backend_of


def chat_settings(
    reference: str,
    *,
    backend: str | None = None,
    adapter: str | Path | None = None,
    threads: int | None = None,
    context: int | None = None,
    parallel: int = 1,
    name: str | None = None,
) -> dict[str, Any]:
    """Settings of `open_model` for conversations between people and a model.

    What a backend does not know is left out: threads of a remote model, say. llama.cpp keeps the state of the
    last conversation, so that a chat continues without reading its history again.
    """
    kind = backend_of(reference, backend=backend, adapter=adapter)
    settings: dict[str, Any] = {"name": name}
    if kind == "llama.cpp":
        settings |= {"threads": threads, "context": context, "parallel": parallel, "prompt_cache": True}
    elif kind == "transformers":
        settings |= {"threads": threads, "max_context": context}
    elif kind == "openai":
        settings |= {"concurrency": parallel, "cache": False}
    return {key: value for key, value in settings.items() if value is not None}
