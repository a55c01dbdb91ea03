"""Checkpoints that say of themselves whether they are whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from caibian.files import sha256, write_json

_MANIFEST = "caibian-manifest.json"


def seal(checkpoint: Path) -> None:
    """Write the checkpoint's manifest (size and SHA-256 of every file); until then it does not count."""
    files = sorted(p for p in checkpoint.rglob("*") if p.is_file() and p.name != _MANIFEST)
    write_json(
        checkpoint / _MANIFEST,
        {str(p.relative_to(checkpoint)): {"bytes": p.stat().st_size, "sha256": sha256(p)} for p in files},
    )


def is_whole(checkpoint: Path) -> bool:
    """Whether every file that the manifest names is there and unchanged."""
    try:
        manifest = json.loads((checkpoint / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all(
        (file := checkpoint / name).is_file()
        and file.stat().st_size == facts["bytes"]
        and sha256(file) == facts["sha256"]
        for name, facts in manifest.items()
    )


def newest_whole(folder: Path) -> tuple[Path | None, list[str]]:
    """The newest usable checkpoint of `folder`, and the names of the damaged ones, which are removed."""
    damaged: list[str] = []
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=_step, reverse=True):
        if is_whole(checkpoint):
            return checkpoint, damaged
        damaged.append(checkpoint.name)
        shutil.rmtree(checkpoint)
    return None, damaged


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])
