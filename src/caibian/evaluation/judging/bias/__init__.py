"""The measured residual bias of a judge: seats, length, its own answers, the empty answer; fit or unfit."""

from caibian.evaluation.judging.bias.fitness import Examined, examine
from caibian.evaluation.judging.bias.measured import CONFIDENCE, MIN_ITEMS, Measured

__all__ = ["CONFIDENCE", "MIN_ITEMS", "Examined", "Measured", "examine"]
