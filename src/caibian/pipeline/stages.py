"""The stages a recipe can have, in the order they run. A new stage is one entry here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from caibian.progress import Context
    from caibian.records import Report

    StageFunction = Callable[[Any, Mapping[str, Path], Path, Context], Report]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what it builds on, and where its settings and its function are."""

    name: str
    upstreams: tuple[str, ...]  # stages whose folders it reads, as far as the recipe has them
    config: str  # "module:Class" of its settings
    run: str  # "module:function" of its work
    uses_model: bool  # whether the weights are among its inputs
    optional: tuple[str, ...] = ()  # upstreams that it can do without

    def config_class(self) -> type[BaseModel]:
        """The pydantic class of the stage's section in a recipe (a light import)."""
        found: type[BaseModel] = _load(self.config)
        return found

    def needed(self, settings: BaseModel | None) -> tuple[str, ...]:
        """The stages without which it cannot run: its settings may say that they need fewer than all."""
        always = tuple(name for name in self.upstreams if name not in self.optional)
        wanted: tuple[str, ...] = getattr(settings, "upstreams", always)
        return wanted

    def function(self) -> StageFunction:
        """The stage's `run` (imports whatever the stage needs)."""
        found: StageFunction = _load(self.run)
        return found


def _stage(
    name: str, upstreams: tuple[str, ...], config: str, *, uses_model: bool, optional: tuple[str, ...] = ()
) -> Stage:
    package = f"caibian.{name}"
    return Stage(name, upstreams, f"{package}.config:{config}", f"{package}.run:run", uses_model, optional)


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        _stage("corpus", (), "CorpusConfig", uses_model=False),
        _stage("instructions", ("corpus",), "InstructionsConfig", uses_model=False),
        _stage("training", ("instructions",), "TrainingConfig", uses_model=True),
        _stage(
            "evaluation",
            ("corpus", "instructions", "training"),
            "EvaluationConfig",
            uses_model=True,
            optional=("corpus",),
        ),
        _stage("export", ("instructions", "training"), "ExportConfig", uses_model=True),
    )
}


def number(name: str) -> int:
    """The place of a stage in the order, from 1: the `nn` of its folder."""
    return list(STAGES).index(name) + 1


def _load(target: str) -> Any:
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)
