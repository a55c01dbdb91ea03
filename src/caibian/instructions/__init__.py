"""The instructions stage: curated articles in, examples for training, validation and test out, by task cards."""

from caibian.instructions.config import CardSettings, InstructionsConfig

__all__ = ["CardSettings", "InstructionsConfig"]
