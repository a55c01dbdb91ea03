"""What lies on this machine: pulled weights with their records, and the user's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from caibian.errors import ModelNotFound
from caibian.files import home, sha256, write_json
from caibian.models.hub_models import HubId
from caibian.models.registry import DEFAULT, RegisteredWeights, closest, names, registry

_GGUF_MAGIC = b"GGUF"


def find(reference: str) -> Path | None:
    """Where the weights are on this machine; None where they would have to be pulled."""
    if reference == DEFAULT:
        weights = default_weights()
        return weights.path if weights else None
    if weights := registry().get(reference):
        return weights.path if is_here(weights) else None
    path = Path(reference).expanduser()
    if path.exists():
        return _own(path)
    hub_id = HubId.parse(reference)
    if hub_id is None:
        raise not_found(reference)
    files: dict[str, int] = (read_record(hub_record(hub_id)) or {}).get("files", {})
    whole = [path for name, size in files.items() if _has_size(path := hub_id.folder / name, size)]
    if not files or len(whole) < len(files):
        return None
    return whole[0] if len(whole) == 1 else hub_id.folder


def _own(path: Path) -> Path:
    """Check a path of the user's own; a folder with one GGUF file stands for that file."""
    if path.is_dir():
        if (path / "config.json").is_file():
            return path
        ggufs = sorted(path.glob("*.gguf"))
        if len(ggufs) != 1:
            raise ModelNotFound(f"{path}: a folder of weights has a config.json or exactly one GGUF file")
        path = ggufs[0]
    with path.open("rb") as stream:
        if stream.read(len(_GGUF_MAGIC)) != _GGUF_MAGIC:
            raise ModelNotFound(
                f"{path} is not a GGUF file; give one, or a folder in the Hugging Face layout"
            )
    return path


def default_weights() -> RegisteredWeights | None:
    """The weights that `default` stands for on this machine."""
    recorded = (read_record(default_record()) or {}).get("name")
    candidates = [recorded] if recorded else registry().default
    found = (registry().get(name) for name in candidates)
    return next((weights for weights in found if weights is not None and is_here(weights)), None)


def not_found(reference: str) -> ModelNotFound:
    """The error for a reference that nobody can make sense of."""
    meant = f"; did you mean {near}?" if (near := closest(reference)) else ""
    return ModelNotFound(
        f"{reference} is neither a registered name ({', '.join(names())}), nor a path here, "
        f"nor a hub id (org/name or org/name:file.gguf){meant}"
    )


def default_record() -> Path:
    """Where it is written down what `default` stands for."""
    return home() / "models" / "default.json"


def hub_record(hub_id: HubId) -> Path:
    """Where it is written down what was pulled for a hub id."""
    return hub_id.folder / (f"{hub_id.file}.json" if hub_id.file else "pulled.json")


def is_here(weights: RegisteredWeights) -> bool:
    """Whether registered weights are on this machine, whole."""
    return _has_size(weights.path, weights.size)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def bytes_under(folder: Path) -> int:
    """Size of all files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def read_record(path: Path) -> dict[str, Any] | None:
    """A JSON object; None where there is no readable one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def digest(path: Path) -> str:
    """SHA-256 of a weights file, remembered for as long as its size and time of change stay the same."""
    path = path.resolve()
    state = path.stat()
    known = {"path": str(path), "size": state.st_size, "mtime_ns": state.st_mtime_ns}
    memory = home() / "digests" / f"{path.name}-{state.st_size}-{state.st_mtime_ns}.json"
    if (record := read_record(memory)) and known.items() <= record.items():
        return str(record["sha256"])
    value = sha256(path)
    write_json(memory, known | {"sha256": value})
    return value
