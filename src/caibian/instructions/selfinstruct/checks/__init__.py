"""What makes a pair unfit to teach, and how it is found out."""

from caibian.instructions.selfinstruct.checks.duplicates import Kept
from caibian.instructions.selfinstruct.checks.judge import NEAR_DUPLICATE, REASONS, Refusal, refusals

__all__ = ["NEAR_DUPLICATE", "REASONS", "Kept", "Refusal", "refusals"]
