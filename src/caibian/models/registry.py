"""What weights Caibian knows by name: `registered.yaml` beside this module, read once and validated."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from caibian.downloads import HUGGING_FACE, MODELSCOPE, Carrier, Digest, HubFile, Origin, Wheel
from caibian.files import home

DEFAULT = "default"


class Terms(BaseModel):
    """Where the text of a licence that must be accepted comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wheel: Wheel
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the member, an HTML page")


class RegisteredWeights(BaseModel):
    """Weights with a name: what they are, under which terms, and where they come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str = Field(description="the model and its quantisation, as reports name it")
    role: str = Field(description="what it is for, in a few words")
    file: str
    size: int = Field(gt=0, description="bytes")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    licence: str
    licence_url: str
    must_accept: bool = Field(
        default=False, description="the terms are shown and accepted before the first pull"
    )
    terms: Terms | None = None
    huggingface: str | None = None
    modelscope: str | None = None
    carriers: tuple[Wheel, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the file is kept."""
        return home() / "models" / self.name

    @property
    def path(self) -> Path:
        """Where the file is, or will be once pulled."""
        return self.folder / self.file

    @property
    def digest(self) -> Digest:
        """What the file must hash to."""
        return Digest(self.sha256)

    def origins(self) -> list[Origin]:
        """Where the file comes from, in the order to try."""
        origins: list[Origin] = []
        if self.huggingface:
            origins.append(HubFile(HUGGING_FACE, self.huggingface, self.file))
        if self.modelscope:
            origins.append(HubFile(MODELSCOPE, self.modelscope, self.file))
        if self.carriers:
            origins.append(Carrier(self.carriers))
        return origins


class Registry(BaseModel):
    """The whole list, and which of it `default` stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: tuple[str, ...]
    weights: tuple[RegisteredWeights, ...]

    def get(self, name: str) -> RegisteredWeights | None:
        """The weights of that name, if there are any."""
        return next((weights for weights in self.weights if weights.name == name), None)


@cache
def registry() -> Registry:
    """The registered weights."""
    text = resources.files("caibian.models").joinpath("registered.yaml").read_text(encoding="utf-8")
    return Registry.model_validate(yaml.safe_load(text))


def names() -> list[str]:
    """The names a user can give, `default` first."""
    return [DEFAULT, *(weights.name for weights in registry().weights)]


def closest(name: str) -> str | None:
    """The registered name that a mistyped one most likely meant."""
    return next(iter(difflib.get_close_matches(name, names(), n=1)), None)


def resolve(reference: str, **options: Any) -> Path:
    """`caibian.models.weights.resolve`, for callers that have the registry at hand."""
    from caibian.models import weights

    return weights.resolve(reference, **options)
