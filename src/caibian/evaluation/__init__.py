"""The model before and after tuning on held-out examples: figures with intervals, baselines, checks, samples.

`caibian.evaluation.run.run` is the stage; it imports what this package does not: models and scikit-learn.
"""

from caibian.evaluation.config import BaselinesConfig, EvaluationConfig

__all__ = ["BaselinesConfig", "EvaluationConfig"]
