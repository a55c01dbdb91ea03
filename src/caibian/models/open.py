"""`open_model`: from whatever names a model to a `ChatModel`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

from caibian.errors import ConfigError, ModelError, ModelNotFound
from caibian.models.backend import Backend
from caibian.models.exported import find_export, is_run, read_export, trained_adapter

BACKENDS = ("llama.cpp", "transformers", "openai", "scripted")
_SCRIPTED = "scripted:"


def open_model(
    reference: str | Path,
    *,
    backend: str | None = None,
    adapter: str | Path | None = None,
    **settings: Any,
) -> Backend:
    """Open a model by reference.

    Args:
        reference: a registered name (`default`), a GGUF file, a folder or hub id of transformers weights, the
            URL of a server (`https://host/v1#model`), a run directory (`runs/demo`) or the export stage in it,
            or `scripted:TEXT` (a model that always says TEXT; `scripted:FILE.json` a list or mapping of answers,
            `scripted:FILE.json#0.05` with so many seconds a token).
        backend: one of `BACKENDS`; by default what the reference is: llama.cpp for GGUF and runs, transformers
            for folders of safetensors and for adapter folders, openai for URLs.
        adapter: a LoRA adapter, as GGUF for llama.cpp, as PEFT folder for transformers; a run directory brings
            its own.
        settings: passed to the backend (`name`, `threads`, `context`, `concurrency`, `cache` …).
    Raises:
        ModelNotFound: nothing of that name.
        ModelError: found, but it cannot be loaded.
        ConfigError: an unknown backend, or a setting the backend does not have.
        MissingExtra: the backend's library is not installed.
    """
    text = str(reference)
    kind = backend_of(text, backend=backend, adapter=adapter)
    opener = {
        "scripted": _open_scripted,
        "openai": _open_url,
        "transformers": _open_torch,
        "llama.cpp": _open_llama,
    }[kind]
    return _with_settings(opener, text, adapter, settings, kind)


def backend_of(reference: str, *, backend: str | None = None, adapter: str | Path | None = None) -> str:
    """The backend that `open_model` takes for a reference. Weights that must be pulled first are pulled.

    Raises:
        ConfigError: `backend` is not one of `BACKENDS`.
        ModelNotFound: nothing of that name.
    """
    if backend is not None:
        if backend not in BACKENDS:
            raise ConfigError(f"backend: must be one of {', '.join(BACKENDS)}, got {backend}")
        return backend
    if reference.startswith(_SCRIPTED):
        return "scripted"
    if reference.startswith(("http://", "https://")):
        return "openai"
    if adapter is not None:
        return "transformers" if Path(adapter).is_dir() else "llama.cpp"
    path = Path(reference).expanduser()
    if path.is_dir() and find_export(path) is None and not is_run(path):
        return "llama.cpp" if any(path.glob("*.gguf")) else "transformers"
    if path.exists():
        return "llama.cpp"
    from caibian.models import weights

    # A hub id may hold GGUF files or safetensors: only looking tells.
    return "transformers" if weights.resolve(reference).is_dir() else "llama.cpp"


def _with_settings(
    opener: Callable[..., Backend],
    reference: str,
    adapter: str | Path | None,
    settings: Mapping[str, Any],
    kind: str,
) -> Backend:
    try:
        return opener(reference, adapter, **settings)
    except TypeError as error:
        # Only Python itself can say which keyword a constructor lacks; other TypeErrors are our mistakes.
        if "unexpected keyword argument" in str(error):
            setting = str(error).rpartition("argument ")[2]
            raise ConfigError(f"the {kind} backend has no setting {setting}") from error
        raise


def _open_llama(reference: str, adapter: str | Path | None, **settings: Any) -> Backend:
    from caibian.models.llama_cpp import Adapter, LlamaCpp

    path = Path(reference).expanduser()
    export = find_export(path) if path.is_dir() else None
    if path.is_dir() and export is None and is_run(path):
        raise ModelNotFound(f"{path}: this run has no finished export stage yet; run it to its end first")
    if export is None:
        adapters = [] if adapter is None else [Adapter(Path(adapter))]
        file = _gguf(reference)
        name = settings.pop("name", None) or (file.stem if path.exists() else _known_as(reference))
        return LlamaCpp(file, name, adapters=adapters, **settings)
    exported = read_export(export)
    own = [Adapter(exported.adapter)] if exported.adapter is not None else []
    adapters = own if adapter is None else [Adapter(Path(adapter))]
    return LlamaCpp(exported.base, settings.pop("name", None) or exported.name, adapters=adapters, **settings)


def _open_torch(reference: str, adapter: str | Path | None, **settings: Any) -> Backend:
    from caibian.models.torch_chat import TorchChat

    path = Path(reference).expanduser()
    if path.is_dir() and (export := find_export(path)) is not None:
        exported = read_export(export)
        name = settings.pop("name", None) or exported.name
        own = adapter if adapter is not None else trained_adapter(export)
        return TorchChat.load(str(exported.base), adapter=own, name=name, **settings)
    name = settings.pop("name", None) or (path.name if path.exists() else _known_as(reference))
    return TorchChat.load(reference, adapter=adapter, name=name, **settings)


def _open_url(reference: str, adapter: str | Path | None, **settings: Any) -> Backend:
    from caibian.models.openai_client import OpenAIChat

    if adapter is not None:
        raise ConfigError("adapter: a server's model takes no adapter; serve the adapter there")
    url, model = urldefrag(reference)
    return OpenAIChat(url, model or None, **settings)


def _open_scripted(reference: str, adapter: str | Path | None, **settings: Any) -> Backend:
    from caibian.models.scripted import ScriptedModel

    if adapter is not None:
        raise ConfigError("adapter: a scripted model takes none")
    text, mark, pause = reference.removeprefix(_SCRIPTED).rpartition(".json#")
    if mark:
        text = f"{text}.json"
        try:
            settings.setdefault("seconds_per_token", float(pause))
        except ValueError:
            raise ConfigError(f"{reference}: what follows # is seconds a token, got {pause}") from None
    else:
        text = pause
    if not text.endswith(".json"):
        return ScriptedModel([text], **settings)
    try:
        script = json.loads(Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{text}: not a readable script ({error})") from error
    if not isinstance(script, list | dict):
        raise ModelError(f"{text}: a script is a list of answers or a mapping from questions to answers")
    return ScriptedModel(script, **settings)


def _known_as(reference: str) -> str:
    """The name of weights that are no path: `default` stands for different ones, and Answers must tell which."""
    from caibian.models import weights

    weights.resolve(reference)
    return weights.describe(reference).name


def _gguf(reference: str) -> Path:
    path = Path(reference).expanduser()
    if path.is_dir():
        files = sorted(path.glob("*.gguf"))
        if len(files) != 1:
            raise ModelNotFound(f"{path}: {len(files)} GGUF files in this folder; name one of them")
        return files[0]
    from caibian.models import weights

    found = weights.resolve(reference)
    if found.is_dir():
        raise ModelError(
            f"{reference}: a folder of safetensors; llama.cpp needs GGUF (backend: transformers)"
        )
    return found
