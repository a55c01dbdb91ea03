"""The library's server object: started quietly, asked through calls, closed for good.

Completions go through in-process calls. The tokenizer and the chat template are reachable only by the HTTP
listener that the library opens on a free loopback port; it is locked with a random key.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from caibian.errors import MissingExtra, ModelError, UnsupportedSchema

_CONTEXT_TOKENS = 8192  # a long article and its answer; about 100 MB of cache for a 0.5B model
_PROMPT_BATCH = 512  # tokens evaluated between two chances to cancel
_HTTP_SECONDS = 60.0  # tokenizing answers at once unless the machine is overloaded
_BAD_REQUEST = 400
_QUIET = -1  # below the library's lowest level: not even errors; ours are exceptions


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter in GGUF and the factor it is applied with."""

    path: Path
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Token:
    """A token's id and its bytes, which need not be whole characters."""

    id: int
    data: bytes


def physical_cores() -> int:
    """Cores this process may use, hyper-threads not counted: more threads than that make decoding slower."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed))


class Native:
    """One loaded GGUF model.

    Raises:
        MissingExtra: xllamacpp is not installed.
        ModelError: a file is missing, or is not a GGUF model that this llama.cpp can load.
    """

    def __init__(
        self,
        path: Path,
        *,
        adapters: Sequence[Adapter] = (),
        threads: int | None = None,
        context: int = _CONTEXT_TOKENS,
        parallel: int = 1,
        verbose: bool = False,
    ) -> None:
        try:
            import xllamacpp
        except ImportError as error:
            raise MissingExtra("xllamacpp", "serve") from error
        _require_gguf(path, "model")
        for adapter in adapters:
            _require_gguf(adapter.path, "adapter")
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(a.path), a.scale) for a in adapters]
        params.n_ctx = context * parallel
        params.n_parallel = parallel
        params.n_batch = _PROMPT_BATCH
        params.cpuparams.n_threads = threads or physical_cores()
        params.cpuparams_batch.n_threads = threads or physical_cores()
        params.warmup = False
        params.ui = False
        params.fit_params = False  # it would measure memory by loading the model once more
        params.verbosity = 3 if verbose else _QUIET
        self._key = secrets.token_urlsafe(24)
        params.api_keys = [self._key]
        try:
            with contextlib.nullcontext() if verbose else _silent_stderr():
                self._server: Any = xllamacpp.Server(params)
        except RuntimeError as error:
            files = ", ".join(str(p) for p in (path, *(a.path for a in adapters)))
            raise ModelError(
                f"llama.cpp could not load {files}: the file is damaged, of an architecture this version "
                f"does not know, or the memory does not suffice (verbose=True shows the library's log)"
            ) from error
        self._address: str = self._server.listening_address
        # This answer comes out of the library's main loop, so the loop runs from here on. Closing a model whose
        # loop has not begun yet would wait for ever: it begins after it was told to end.
        self._http("/slots")

    def complete(self, request: dict[str, Any], on_chunk: Callable[[dict[str, Any]], bool]) -> None:
        """Run a completion; `on_chunk` gets each chunk (the only one, if not streaming) and stops it by True.

        Raises:
            UnsupportedSchema: the library cannot keep to the request's `json_schema`.
            ModelError: the library refused the request.
        """
        if self._server is None:
            raise ModelError("this model was closed")
        failures: list[dict[str, Any]] = []

        def receive(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                failures.append(chunk["error"])
                return True
            return on_chunk(chunk)

        self._server.handle_completions(request, receive)
        if failures:
            reason = f"llama.cpp: {failures[0].get('message', failures[0])}"
            if "json_schema" in request and failures[0].get("code") == _BAD_REQUEST:
                raise UnsupportedSchema(reason)
            raise ModelError(reason)

    def render(self, messages: Sequence[Any]) -> str:
        """The conversation as the model's own chat template writes it, up to where the answer begins."""
        return str(self._http("/apply-template", {"messages": list(messages)})["prompt"])

    def tokenize(self, text: str, *, special: bool) -> list[Token]:
        """The tokens of a text. With `special`, control tokens are recognised and a begin-of-text token is added."""
        body = {"content": text, "add_special": special, "parse_special": special, "with_pieces": True}
        return [Token(int(t["id"]), _bytes(t["piece"])) for t in self._http("/tokenize", body)["tokens"]]

    def close(self) -> None:
        """Free the weights and stop the library's threads."""
        self._server = None  # its destructor joins the threads

    def _http(self, route: str, body: dict[str, Any] | None = None) -> Any:
        """What the library's listener answers to a POST of `body`, or to a GET without one."""
        if self._server is None:
            raise ModelError("this model was closed")
        request = urllib.request.Request(
            self._address + route,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            # An opener without proxies: the address is this very process.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request, timeout=_HTTP_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            detail = error.read().decode("utf-8", "replace")[:500]
            raise ModelError(f"llama.cpp refused {route}: {detail}") from error
        except (OSError, ValueError) as error:
            raise ModelError(f"llama.cpp did not answer {route}: {error}") from error


def _bytes(piece: str | list[int]) -> bytes:
    return piece.encode() if isinstance(piece, str) else bytes(piece)


def _require_gguf(path: Path, what: str) -> None:
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise ModelError(f"{path}: the {what} file cannot be read ({error.strerror})") from error
    if magic != b"GGUF":
        raise ModelError(f"{path}: not a GGUF {what} (it begins with {magic!r})")


@contextlib.contextmanager
def _silent_stderr() -> Any:
    """Send file descriptor 2 to nowhere for a moment: a failed load prints whatever the log level says."""
    saved = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)
