"""The automatic checks that cards name: each a small function from an answer and its context to a verdict.

A new check is one function under `@check("name")` in one of the modules here; cards refer to it by that name.
"""

from caibian.tasks.checks import facts, form, wording  # they enter their checks into CHECKS
from caibian.tasks.checks.context import CHECKS, Check, CheckContext, CheckResult, Span
from caibian.tasks.checks.run import run_checks, verify_examples

__all__ = [
    "CHECKS",
    "Check",
    "CheckContext",
    "CheckResult",
    "Span",
    "facts",
    "form",
    "run_checks",
    "verify_examples",
    "wording",
]
