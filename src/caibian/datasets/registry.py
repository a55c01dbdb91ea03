"""What datasets Caibian knows by name: `registered.yaml` beside this module, read once and validated."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from caibian.downloads import Wheel
from caibian.files import home


class RegisteredDataset(BaseModel):
    """A dataset with a name: what it is, under which terms, and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: dict[str, str] = Field(description="for people, by language")
    reader: Literal["inews"] = Field(description="what turns the carrier into Articles")
    language: str
    rows: int = Field(gt=0)
    licence: str
    card: str = Field(description="page of the documentation")
    wheel: Wheel

    @property
    def folder(self) -> Path:
        """Where it is kept. The hash of the carrier is in the name of the file, not of the folder."""
        return home() / "datasets" / self.name


class Registry(BaseModel):
    """The whole list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    datasets: tuple[RegisteredDataset, ...]

    def get(self, name: str) -> RegisteredDataset | None:
        """The dataset of that name, if there is one."""
        return next((dataset for dataset in self.datasets if dataset.name == name), None)


@cache
def registered() -> Registry:
    """The registered datasets."""
    text = resources.files("caibian.datasets").joinpath("registered.yaml").read_text(encoding="utf-8")
    return Registry.model_validate(yaml.safe_load(text))
