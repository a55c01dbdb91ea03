"""Is a model safe and fair enough for a newsroom: what it refuses and what it should not, whom it treats otherwise, what it
invents. Our own prompts, in Chinese and English, stand in `prompts/`, the swap tests in `swaps.yaml`."""

from caibian.evaluation.safety.config import PARTS, SafetyConfig, System
from caibian.evaluation.safety.data import categories, swaps
from caibian.evaluation.safety.run import evaluate
from caibian.evaluation.safety.verdicts import KINDS, Verdict, verdict

__all__ = [
    "KINDS",
    "PARTS",
    "SafetyConfig",
    "System",
    "Verdict",
    "categories",
    "evaluate",
    "swaps",
    "verdict",
]
