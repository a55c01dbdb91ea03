"""A recipe, run stage by stage in a directory that survives every interruption."""

from caibian.pipeline.recipe import Recipe, find, load, shipped
from caibian.pipeline.stages import STAGES, Stage

__all__ = ["STAGES", "Recipe", "Stage", "find", "load", "shipped"]
