"""What stands behind the name of a system or a judge: weights, adapter or server, and how it is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

from caibian.errors import ConfigError
from caibian.evaluation.answers import adapter_in
from caibian.files import sha256
from caibian.models.exported import find_export, read_export

_REMOTE = ("http://", "https://")
_SCRIPTED = "scripted:"
_WEIGHTS = ("*.safetensors", "*.gguf", "*.bin")


@dataclass(frozen=True)
class System:
    """A named model, with an adapter of its own or none."""

    name: str
    model: str
    adapter: str | None = None

    @property
    def remote(self) -> bool:
        """Whether a server answers."""
        return self.model.startswith(_REMOTE)

    def backend(self, wanted: str | None) -> str | None:
        """The backend it is opened with: `wanted`, or transformers for local weights, which answers many at once."""
        if self.remote or self.model.startswith(_SCRIPTED):
            return None
        return wanted or "transformers"


def parse_system(text: str) -> System:
    """`NAME=MODEL` or `NAME=MODEL+ADAPTER`; ADAPTER is a path, to an adapter's folder, a GGUF adapter or a run.

    Raises:
        ConfigError: it is not of that form.
    """
    name, equals, rest = text.partition("=")
    if not (name.strip() and equals and rest.strip()):
        raise ConfigError(f"--system: must be NAME=MODEL or NAME=MODEL+ADAPTER, got {text}")
    return System(name.strip(), *_split(rest.strip()))


def parse_judge(text: str) -> System:
    """`MODEL`, `NAME=MODEL`, either with `+ADAPTER`; without a name the model's own is taken when it is opened."""
    name, equals, rest = text.partition("=")
    named = bool(equals) and not any(mark in name for mark in "/:#?")
    return System(name.strip() if named else "", *_split(rest.strip() if named else text.strip()))


def _split(text: str) -> tuple[str, str | None]:
    model, plus, adapter = text.rpartition("+")
    if not plus or text.startswith((*_REMOTE, _SCRIPTED)) or Path(text).expanduser().exists():
        return text, None
    if not Path(adapter).expanduser().exists():
        raise ConfigError(
            f"{text}: {adapter} is no adapter here; give the path of its folder, its GGUF or its run"
        )
    return model, adapter


def adapter_path(adapter: str) -> Path:
    """The adapter's folder or GGUF file. Raises InputError where there is neither."""
    path = Path(adapter).expanduser()
    return path if path.is_file() else adapter_in(path)


def identity(system: System, backend: str | None = None) -> dict[str, Any]:
    """Which weights stand behind a system, pulled if need be: name, title, SHA-256, licence, adapter, backend.

    A server says nothing of its weights: URL and model name stand for them.
    """
    if system.remote:
        url, model = urldefrag(system.model)
        return {"url": url, "model": model or None, "backend": "openai"}
    if system.model.startswith(_SCRIPTED):
        return {"name": system.model[:80], "backend": "scripted"}
    from caibian.models import weights

    found: dict[str, Any] = {"backend": system.backend(backend)}
    path = Path(system.model).expanduser()
    export = find_export(path) if path.is_dir() else None
    adapter = adapter_path(system.adapter) if system.adapter else None
    reference = system.model
    if export is not None:
        exported = read_export(export)
        reference = str(exported.base)
        adapter = adapter or exported.adapter
    weights.resolve(reference)
    facts = weights.describe(reference)
    found |= {"name": facts.name, "title": facts.title, "licence": facts.licence}
    found["sha256"] = facts.sha256 or _of_folder(facts.path)
    if facts.revision:
        found["revision"] = facts.revision
    if adapter is not None:
        found |= {"name": f"{facts.name} + {adapter.name}", "adapter_sha256": _of_folder(adapter)}
    return found


def same_weights(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two identities are of one model: the same weights with the same adapter, or the same server's model."""
    keys = ("sha256", "adapter_sha256") if one.get("sha256") else ("url", "model")
    known = one.get(keys[0]) is not None
    return known and all(one.get(key) == other.get(key) for key in keys)


def open_system(system: System, backend: str | None = None, **settings: Any) -> Any:
    """The opened model; see `models.open_model` for errors."""
    from caibian import models

    adapter = adapter_path(system.adapter) if system.adapter else None
    return models.open_model(system.model, backend=system.backend(backend), adapter=adapter, **settings)


def _of_folder(path: Path) -> str | None:
    """SHA-256 of a file of weights; of a folder's, that of their hashes in the order of their names."""
    from caibian.models.shelf import digest

    if path.is_file():
        return digest(path)
    files = sorted(file for pattern in _WEIGHTS for file in path.glob(pattern))
    if len(files) == 1:
        return sha256(files[0])
    return hashlib.sha256("".join(map(digest, files)).encode()).hexdigest() if files else None
