"""What makes a pair unfit to teach, and how it is found out."""

from caibian.instructions.selfinstruct.checks.duplicates import Kept, disputed
from caibian.instructions.selfinstruct.checks.judge import (
    DISPUTED,
    NEAR_DUPLICATE,
    NOT_CONFIRMED,
    REASONS,
    UNSURE,
    Refusal,
    refusals,
)

__all__ = [
    "DISPUTED",
    "NEAR_DUPLICATE",
    "NOT_CONFIRMED",
    "REASONS",
    "UNSURE",
    "Kept",
    "Refusal",
    "disputed",
    "refusals",
]
