"""The systems of an evaluation: what stands behind each name, and how it is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caibian.errors import ConfigError
from caibian.files import sha256
from caibian.models.backend import Backend

_NAME = re.compile(r"[\w.+-]+")  # a system's name is also that of its file
MAIN = "model"  # the system that the others are set against
_REMOTE = ("http://", "https://")
_SCRIPTED = "scripted:"


@dataclass(frozen=True)
class System:
    """One model, with or without an adapter on it."""

    name: str
    reference: str
    adapter: Path | None = None
    backend: str | None = None

    def facts(self) -> dict[str, Any]:
        """What table.json says of it. Weights that must be pulled first are pulled."""
        found: dict[str, Any] = {"reference": self.reference, "backend": self.backend}
        if self.backend in ("transformers", "llama.cpp"):
            from caibian.models import weights

            weights.resolve(self.reference)
            known = weights.describe(self.reference)
            found |= {
                "weights": known.name,
                "title": known.title,
                "licence": known.licence,
                "sha256": known.sha256,
                "revision": known.revision,
            }
        if self.adapter is not None:
            trained = (
                sorted(self.adapter.glob("adapter_model.*")) if self.adapter.is_dir() else [self.adapter]
            )
            found["adapter"] = self.adapter.name
            found["adapter_sha256"] = sha256(trained[0]) if trained else None
        return {key: value for key, value in found.items() if value is not None}

    def open(self, batch_tokens: int) -> Backend:
        """The model, ready to be asked."""
        from caibian.models import open_model

        settings: dict[str, Any] = {"batch_tokens": batch_tokens} if self.backend == "transformers" else {}
        model = open_model(self.reference, backend=self.backend, adapter=self.adapter, **settings)
        if not isinstance(model, Backend):
            raise ConfigError(f"{self.reference}: this model cannot be evaluated here")
        return model


def systems(
    reference: str, adapter: Path | None, against: list[str], *, backend: str | None = None
) -> list[System]:
    """The systems that a command line names: MODEL with its adapter first, then each NAME=MODEL_OR_ADAPTER.

    What stands behind a NAME is an adapter on MODEL, where it is an adapter folder or a run whose training made one,
    else a model. Local weights are run by transformers unless `backend` says otherwise: it asks many closed questions
    at once.

    Raises:
        ConfigError: no NAME, or one that stands there already.
        InputError: the adapter is not one.
    """
    from caibian.evaluation.answers import adapter_in
    from caibian.evaluation.baselines import LABEL_BASELINES, TEXT_BASELINES

    own = None if adapter is None else adapter_in(adapter) if adapter.is_dir() else adapter
    found = [System(MAIN, reference, own, _backend(reference, backend))]
    taken = {MAIN, *LABEL_BASELINES, *TEXT_BASELINES}
    for text in against:
        name, equals, behind = text.partition("=")
        if not (equals and behind and _NAME.fullmatch(name)):
            raise ConfigError(
                f"--against: must be NAME=MODEL_OR_ADAPTER, NAME of letters, digits, . + - and _, got {text}"
            )
        if name in taken:
            raise ConfigError(f"--against: {name} is the name of a system that stands there already")
        taken.add(name)
        if _is_adapter(Path(behind)):
            found.append(System(name, reference, adapter_in(Path(behind)), _backend(reference, backend)))
        else:
            found.append(System(name, behind, None, _backend(behind, backend)))
    return found


def _is_adapter(path: Path) -> bool:
    return (path / "adapter_config.json").is_file() or any(path.glob("*-training-*/adapter"))


def _backend(reference: str, wanted: str | None) -> str:
    if reference.startswith(_REMOTE):
        return "openai"
    return "scripted" if reference.startswith(_SCRIPTED) else wanted or "transformers"
