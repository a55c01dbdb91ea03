"""Tuned models as a run leaves them: the export stage's `model.json` and what it names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from caibian.errors import ModelError


@dataclass(frozen=True, slots=True)
class Exported:
    """What `model.json` of an export stage says, checked: the files are there."""

    name: str
    base: Path
    adapter: Path | None


def find_export(folder: Path) -> Path | None:
    """The export stage's folder in a run directory (of the latest run), or the folder itself if it is one."""
    if (folder / "model.json").is_file():
        return folder
    try:
        stages = json.loads((folder / "run.json").read_text(encoding="utf-8"))["stages"]
        folders = [folder / entry["folder"] for entry in stages if entry["stage"] == "export"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return next((f for f in folders if (f / "model.json").is_file() and (f / "DONE").exists()), None)


def read_export(folder: Path) -> Exported:
    """Read and check `model.json`.

    Raises:
        ModelError: it is broken, or names files that are not there.
    """
    source = folder / "model.json"
    try:
        said = json.loads(source.read_text(encoding="utf-8"))
        name, base, adapter = str(said["name"]), said["base"], said.get("adapter")
        path = Path(base["path"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{source}: not a readable model description ({error!r})") from error
    if not path.is_file():
        from caibian.models import weights

        # The cache may have moved since the run; the reference finds the weights where they are now.
        path = weights.resolve(base["reference"])
    if base.get("sha256") and path.stat().st_size and not _same_weights(path, base["sha256"]):
        raise ModelError(
            f"{source}: {path} is not the base this adapter was trained on (its SHA-256 differs)"
        )
    found = folder / adapter if adapter else None
    if found is not None and not found.is_file():
        raise ModelError(f"{source}: {adapter} is not in this folder")
    return Exported(name, path, found)


def _same_weights(path: Path, sha256: str) -> bool:
    from caibian.models.shelf import digest

    return digest(path) == sha256


def is_run(folder: Path) -> bool:
    """Whether a folder is a run directory."""
    return (folder / "run.json").is_file()


def trained_adapter(export: Path) -> Path:
    """The PEFT adapter that the exported GGUF was made of: in the training stage of the same run."""
    try:
        stages = json.loads((export.parent / "run.json").read_text(encoding="utf-8"))["stages"]
        folders = [
            export.parent / entry["folder"] / "adapter" for entry in stages if entry["stage"] == "training"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        folders = []
    for folder in folders:
        if folder.is_dir():
            return folder
    raise ModelError(f"{export}: the training stage of this run is not beside it; give its adapter folder")
