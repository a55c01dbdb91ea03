"""Evaluation sets: drawn evenly from the cards' test data, clean of training data, frozen under a hash."""

from caibian.evaluation.sets.build import build_set
from caibian.evaluation.sets.candidates import WORKED
from caibian.evaluation.sets.store import EvaluationSet, read_set, write_set

__all__ = ["WORKED", "EvaluationSet", "build_set", "read_set", "write_set"]
