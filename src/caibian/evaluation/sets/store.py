"""A frozen set on disk: `examples.parquet` with the examples, `set.json` with its hash and how it came about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caibian.errors import InputError
from caibian.evaluation.comparison import digest
from caibian.files import sha256, write_json
from caibian.records import Example, read_parquet, to_table, write_parquet

_FORMAT = 1
_EXAMPLES, _MANIFEST = "examples.parquet", "set.json"


@dataclass(frozen=True)
class EvaluationSet:
    """Examples to test systems on, and where they come from."""

    examples: tuple[Example, ...]
    manifest: Mapping[str, Any]
    """seed, per_category, worked_examples, thresholds; counts of items by categories, cards, languages and datasets;
    shortages by category; dropped by reason, and by category and reason; sources and training with path, sha256, rows.
    On disk also format, examples_sha256 and file_sha256."""

    @property
    def sha256(self) -> str:
        """The name of the set: over what its examples ask and expect, in their order."""
        return digest(self.examples)


def write_set(folder: Path, made: EvaluationSet) -> None:
    """Freeze a set in a folder.

    Raises:
        InputError: another set is frozen there.
    """
    if (folder / _MANIFEST).exists() and (old := _manifest(folder).get("examples_sha256")) != made.sha256:
        raise InputError(
            f"{folder}: holds another frozen set ({str(old)[:12]}…; the new one is {made.sha256[:12]}…); figures may "
            "rest on it, so name another --out, or remove it yourself"
        )
    write_parquet(folder / _EXAMPLES, to_table(made.examples, Example))
    write_json(
        folder / _MANIFEST,
        {
            **made.manifest,
            "format": _FORMAT,
            "examples_sha256": made.sha256,
            "file_sha256": sha256(folder / _EXAMPLES),
        },
    )


def read_set(folder: Path) -> EvaluationSet:
    """Read a frozen set.

    Raises:
        InputError: there is none, or its examples are not those that were frozen.
    """
    manifest = _manifest(folder)
    path = folder / _EXAMPLES
    made = EvaluationSet(tuple(read_parquet(path, Example)), manifest)
    for name, found in (("file_sha256", sha256(path)), ("examples_sha256", made.sha256)):
        if found != manifest.get(name):
            raise InputError(
                f"{path}: not the file that was frozen ({name.replace('_', ' ')} {found[:12]}…, {_MANIFEST} says "
                f"{str(manifest.get(name))[:12]}…); restore it, or build the set again"
            )
    return made


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: no evaluation set here ({_MANIFEST}: {error}); build one with caibian evaluate set"
        ) from error
    if not isinstance(manifest, dict):
        raise InputError(f"{folder / _MANIFEST}: not the manifest of a set")
    return manifest
