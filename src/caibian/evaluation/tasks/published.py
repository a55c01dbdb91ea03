"""Figures that others published on the same datasets: `published.yaml`, each with its source and whether it compares."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Published(BaseModel):
    """One figure of a paper or a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str = Field(description="id of a dataset card")
    system: str = Field(description="what was measured, as its authors call it")
    metric: str = Field(description="which figure of ours it is to be read beside")
    value: float = Field(ge=0, le=1)
    split: str = Field(description="what it was measured on")
    source: str = Field(description="publication, and the table or section where the figure stands")
    url: str
    comparable: bool = Field(description="whether it may stand beside ours")
    reason: str = Field(min_length=1, description="why, or why not")


@cache
def published() -> tuple[Published, ...]:
    """All published figures."""
    text = resources.files("caibian.evaluation.tasks").joinpath("published.yaml").read_text(encoding="utf-8")
    return tuple(Published.model_validate(entry) for entry in yaml.safe_load(text))


def published_for(dataset: str) -> list[dict[str, Any]]:
    """The figures of one dataset, for table.json."""
    return [one.model_dump(exclude={"dataset"}) for one in published() if one.dataset == dataset]
