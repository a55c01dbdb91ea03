"""Read what a run left in its directory; whatever is missing or damaged is noted and left out, never fatal."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from caibian.errors import InputError
from caibian.pipeline.stages import STAGES
from caibian.records import Report


@dataclass
class StageFiles:
    """One stage of the run: how far it came and what it wrote."""

    name: str
    status: str  # a key of the catalogue's `status`
    folder: Path | None
    problems: list[str]
    report: Report | None = None
    failure: str | None = None  # why it stopped

    def json(self, name: str, kind: type = dict) -> Any:
        """The JSON file `name` of the stage's folder; None where it is missing, damaged or of another kind."""
        if self.folder is None or not (self.folder / name).is_file():
            return None
        return _read(self.folder / name, _load_json, kind, self.problems)

    def metric(self, *keys: str) -> Any:
        """The first of the report's metrics that is there."""
        metrics = self.report.metrics if self.report else {}
        return next((metrics[key] for key in keys if metrics.get(key) is not None), None)


@dataclass
class Run:
    """Everything the page shows, as it was found."""

    folder: Path
    recipe: dict[str, Any] = field(default_factory=dict)
    recipe_text: str | None = None
    command: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # the rest of run.json
    stages: dict[str, StageFiles] = field(default_factory=dict)  # every known stage, in order
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the recipe."""
        return str(self.recipe.get("name") or self.folder.name)

    @property
    def finished(self) -> list[StageFiles]:
        """The stages that left a report."""
        return [stage for stage in self.stages.values() if stage.report]


def gather(folder: Path) -> Run:
    """Read a run directory.

    Raises:
        InputError: `folder` is not a directory.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: not a run directory; `caibian run RECIPE` makes one")
    run = Run(folder)
    run.facts = _optional(folder / "run.json", _load_json, run.problems)
    recipe = folder / "recipe.yaml"
    run.recipe = _optional(recipe, yaml.safe_load, run.problems)
    if recipe.is_file():
        run.recipe_text = recipe.read_text(encoding="utf-8", errors="replace")
    run.command = _command(run.facts)
    listed = _listed(run.facts.get("stages"))
    for name in dict.fromkeys([*STAGES, *listed]):
        run.stages[name] = _stage(run, name, listed.get(name))
    return run


def _command(facts: dict[str, Any]) -> str | None:
    """The command line that runs this again, from where the recipe stood and its overrides."""
    if command := facts.get("command"):
        return shlex.join(map(str, command)) if isinstance(command, list) else str(command)
    recipe = facts.get("source") or facts.get("recipe")
    if not recipe:
        return None
    overrides = [part for override in facts.get("overrides") or () for part in ("--set", str(override))]
    return shlex.join(["caibian", "run", str(recipe), *overrides])


def _listed(stages: Any) -> dict[str, dict[str, Any]]:
    """The stages of run.json by name: `{name: folder}`, or a list of `{stage, folder, status}`."""
    if isinstance(stages, dict):
        return {str(name): {"folder": folder} for name, folder in stages.items()}
    return {str(e["stage"]): e for e in stages or () if isinstance(e, dict) and "stage" in e}


def _stage(run: Run, name: str, entry: dict[str, Any] | None) -> StageFiles:
    folder = run.folder / str(entry["folder"]) if entry and entry.get("folder") else None
    if folder is None:
        folder = _newest(run.folder, name)
    if folder is not None and not (folder.is_dir() and folder.resolve().parent == run.folder.resolve()):
        folder = None  # gone, or named outside the run
    in_recipe = not run.recipe or name in run.recipe
    stage = StageFiles(name, "pending" if in_recipe else "absent", folder, run.problems)
    if folder is None or not in_recipe:
        stage.folder = None
        return stage
    if (folder / "DONE").exists():
        stage.status = "done"
        if (folder / "report.json").is_file():
            stage.report = _read(folder / "report.json", Report.model_validate_json, Report, run.problems)
    elif (failure := stage.json("failure.json")) is not None:
        stage.status, stage.failure = "failed", str(failure.get("message") or "")
    else:
        said = str((entry or {}).get("status"))
        stage.status = said if said in ("running", "interrupted", "failed") else "unfinished"
    return stage


def _newest(folder: Path, name: str) -> Path | None:
    """Without a list of stages: the newest folder `NN-name-hash`, finished ones first."""
    found = [path for path in folder.glob(f"[0-9][0-9]-{name}-*") if path.is_dir()]
    return max(found, key=lambda path: ((path / "DONE").exists(), path.stat().st_mtime), default=None)


def _optional(path: Path, parse: Callable[[str], Any], problems: list[str]) -> dict[str, Any]:
    return (_read(path, parse, dict, problems) if path.is_file() else None) or {}


def _read(path: Path, parse: Callable[[str], Any], kind: type, problems: list[str]) -> Any:
    where = f"{path.parent.name}/{path.name}"
    try:
        value = parse(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problems.append(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        problems.append(f"{where}: {str(error).splitlines()[0]}")
    else:
        if isinstance(value, kind):
            return value
        problems.append(f"{where}: holds a {type(value).__name__}, not a {kind.__name__}")
    return None


def _load_json(text: str) -> Any:
    return json.loads(text)
