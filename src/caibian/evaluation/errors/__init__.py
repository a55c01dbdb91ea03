"""What is wrong with answers: classified by cause, counted with intervals, clustered, and compared between two systems."""

from caibian.evaluation.errors.analyse import REFERENCE, analyse
from caibian.evaluation.errors.answered import Answered, read_answered
from caibian.evaluation.errors.causes import CAUSES, Found
from caibian.evaluation.errors.classify import classify, known_card
from caibian.evaluation.errors.refusals import Refusal, find_refusal

__all__ = [
    "CAUSES",
    "REFERENCE",
    "Answered",
    "Found",
    "Refusal",
    "analyse",
    "classify",
    "find_refusal",
    "known_card",
    "read_answered",
]
