"""Where the examples of an audit are, and what a person calls them."""

from __future__ import annotations

import re
from pathlib import Path

from caibian.errors import InputError
from caibian.pipeline.rundir import RunDirectory
from caibian.pipeline.stages import number

_STAGE = "instructions"
_STAGE_FOLDER = re.compile(rf"{number(_STAGE):02d}-{_STAGE}-[0-9a-f]+")


def examples_folder(path: Path) -> Path:
    """The folder with `train.parquet`: `path` itself, or the finished instructions stage of the run directory `path`.

    Raises:
        InputError: `path` is neither, or the run has not come so far.
    """
    if (path / "train.parquet").is_file():
        return path
    if not (path / "run.json").is_file():
        raise InputError(f"{path}: neither a run directory nor a folder that holds train.parquet")
    folder = RunDirectory(path).current().get(_STAGE)
    if folder is None:
        raise InputError(
            f"{path}: its instructions stage has not finished; run: caibian instruct build {path / 'recipe.yaml'}"
        )
    return folder


def title_of(folder: Path) -> str:
    """The name of a folder of examples; of a stage's folder, that of its run."""
    whole = folder.resolve()
    return whole.parent.name if _STAGE_FOLDER.fullmatch(whole.name) else whole.name
