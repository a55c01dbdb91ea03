"""What a run of a recipe would do: which stages are done, which are not, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from caibian.errors import ConfigError, ModelNotFound
from caibian.pipeline import identity
from caibian.pipeline.child import FAILURE
from caibian.pipeline.recipe import Recipe
from caibian.pipeline.rundir import RunDirectory, is_done
from caibian.pipeline.stages import STAGES, Stage

State = Literal["done", "resume", "todo", "again"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a plan. `done` is left alone, `resume` goes on, `todo` begins, `again` is forced."""

    stage: Stage
    settings: BaseModel
    parts: dict[str, Any]
    digest: str
    folder: Path
    state: State
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a run, in order."""

    directory: RunDirectory
    steps: tuple[Step, ...]
    missing_weights: str | None = None  # the model reference whose weights are fetched first


def make(recipe: Recipe, runs: Path, from_stage: str | None = None) -> Plan:
    """Plan a run of `recipe` under `runs`; `from_stage` and all stages after it are done again.

    Reads the input files (their contents are hashed); changes nothing.

    Raises:
        ConfigError: the recipe has no stage `from_stage`.
    """
    if from_stage is not None and from_stage not in recipe.stages:
        raise ConfigError(f"--from {from_stage}: the recipe has {', '.join(recipe.stages)}")
    directory = RunDirectory(runs / recipe.name)
    weights = None
    missing = None
    if any(STAGES[name].uses_model for name in recipe.stages):
        try:
            weights = weights_identity(recipe.header.model)
        except ModelNotFound:
            missing = recipe.header.model
            weights = {"not here": missing}
    steps: list[Step] = []
    digests: dict[str, str] = {}
    force = False
    for name, settings in recipe.stages.items():
        stage = STAGES[name]
        force = force or name == from_stage
        upstream = {u: digests[u] for u in stage.upstreams if u in digests}
        parts = identity.parts(stage, settings, recipe.header.seed, weights, upstream)
        digests[name] = identity.digest(parts)
        folder = directory.folder(name, digests[name])
        state, why = _state(stage, parts, directory, folder, force)
        steps.append(Step(stage, settings, parts, digests[name], folder, state, why))
    return Plan(directory, tuple(steps), missing)


def weights_identity(reference: str) -> dict[str, str]:
    """What tells the weights of a model reference from any others. Raises ModelNotFound."""
    from caibian.models import weights

    if reference.startswith(("http://", "https://")):
        return {"url": reference}
    facts = weights.describe(reference)
    if facts.sha256:
        return {"sha256": facts.sha256}
    if facts.revision:
        return {"hub": facts.name, "revision": facts.revision}
    return {"sha256": identity.content_hash(facts.path)}


def _state(
    stage: Stage, parts: dict[str, Any], directory: RunDirectory, folder: Path, force: bool
) -> tuple[State, tuple[str, ...]]:
    if force:
        return "again", ("--from",)
    if is_done(folder):
        return "done", ()
    if (folder / "identity.json").exists():
        failed = (folder / FAILURE).exists()
        return "resume", ("stopped on an error" if failed else "was interrupted",)
    for older in directory.folders(stage.name):
        try:
            before = json.loads((older / "identity.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        return "todo", tuple(identity.differences(before, parts, stage.name))
    return "todo", ("not run yet",)
